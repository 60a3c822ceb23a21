import { createServer, request as forward, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

export interface SeenRequest {
  method: string;
  path: string;
  body: string;
}

interface Answer {
  status: number;
  body: string;
}

/** What becomes of one request: an answer of the test's own, the engine's answer changed, or, for `undefined`, the engine's. */
export type Intercept = (request: SeenRequest, ask: (body?: string) => Promise<Answer>) => Promise<Answer> | undefined;

export interface AnsweringProxy {
  url: string;
  seen: SeenRequest[];
  intercept(next: Intercept | undefined): void;
}

async function readAll(stream: AsyncIterable<Buffer>): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of stream) parts.push(part);
  return Buffer.concat(parts).toString();
}

/** An HTTP proxy in front of a real engine that can answer as an engine in trouble does. Ends with the test unless said otherwise. */
export async function startAnsweringProxy(
  target: string,
  { endWith = onTestFinished }: { endWith?: (end: () => void) => void } = {},
): Promise<AnsweringProxy> {
  const seen: SeenRequest[] = [];
  let current: Intercept | undefined;

  const ask = (request: SeenRequest, headers: IncomingHttpHeaders, body: string): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const { 'content-length': _, ...rest } = headers;
      const call = forward(
        `${target}${request.path}`,
        { method: request.method, headers: { ...rest, 'content-length': Buffer.byteLength(body) } },
        (response) => {
          readAll(response).then((text) => resolve({ status: response.statusCode ?? 0, body: text }), reject);
        },
      );
      call.on('error', reject);
      call.end(body);
    });

  const server = createServer((incoming, outgoing) => {
    void (async () => {
      const request = { method: incoming.method ?? '', path: incoming.url ?? '', body: await readAll(incoming) };
      seen.push(request);
      const askWith = (body = request.body) => ask(request, incoming.headers, body);
      const { status, body } = await (current?.(request, askWith) ?? askWith());
      outgoing.writeHead(status, { 'content-type': 'application/json' }).end(incoming.method === 'HEAD' ? '' : body);
    })();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  endWith(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    intercept(next) {
      current = next;
    },
  };
}
