import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** How a provider fails. Each of them repeats all that it was sent, wherever HTTP has room for it. */
export const providerFaults = [
  'status-400',
  'status-401',
  'status-429',
  'status-500',
  'redirect',
  'no-json',
  'error-payload',
  'error-chunk',
  'error-event',
  'broken-chunk',
  'cut',
] as const;
export type ProviderFault = (typeof providerFaults)[number];

export interface EchoingProvider {
  /** Of the provider that fails so; of `good`, that answers; of `late`, that does so when this is done. */
  url(name: ProviderFault | 'good' | 'late'): string;
  beforeLate(work: () => Promise<void>): void;
  close(): Promise<void>;
}

async function readText(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part);
  return Buffer.concat(parts).toString();
}

const chunk = { id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm' };
const toEvent = (data: unknown): string => `data: ${typeof data === 'string' ? data : JSON.stringify(data)}\n\n`;
const toDelta = (delta: object, finish: string | null = null) =>
  toEvent({ ...chunk, choices: [{ index: 0, delta, finish_reason: finish }] });

function answerWell(response: ServerResponse, path: string, body: { stream?: boolean; input?: unknown }): void {
  if (path.endsWith('/embeddings')) {
    const count = Array.isArray(body.input) ? body.input.length : 1;
    const data = Array.from({ length: count }, (_, index) => ({
      object: 'embedding',
      index,
      embedding: Array.from({ length: 8 }, () => 0.5),
    }));
    response.end(JSON.stringify({ object: 'list', model: 'm', data, usage: { prompt_tokens: 1, total_tokens: 1 } }));
  } else if (body.stream) {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.end(`${toDelta({ content: 'Fine [1].' })}${toDelta({}, 'stop')}data: [DONE]\n\n`);
  } else {
    const message = { role: 'assistant', content: 'Fine [1].', refusal: null };
    response.end(
      JSON.stringify({ ...chunk, object: 'chat.completion', choices: [{ index: 0, message, finish_reason: 'stop' }] }),
    );
  }
}

function fail(response: ServerResponse, fault: ProviderFault, echo: string): void {
  const short = echo.replaceAll(/[^\x21-\x7e]/g, '').slice(-4_000);
  const error = { message: echo, type: short.slice(0, 40), code: short.slice(-40), param: echo };
  const status = Number(/^status-(\d+)$/.exec(fault)?.[1]);
  const headers = { 'x-request-id': short, 'retry-after': '0', 'content-type': 'application/json' };
  if (Number.isFinite(status)) {
    response.writeHead(status, short.slice(0, 400), headers).end(JSON.stringify({ error }));
    return;
  }
  if (fault === 'redirect')
    return void response.writeHead(302, { location: `/away?key=${encodeURIComponent(short)}` }).end(echo);
  if (fault === 'no-json') return void response.writeHead(200, headers).end(`<p>${echo}</p>`);
  if (fault === 'error-payload') return void response.writeHead(200, headers).end(JSON.stringify({ error }));
  response.writeHead(200, { ...headers, 'content-type': 'text/event-stream' });
  response.write(toDelta({ content: 'So ' }));
  if (fault === 'error-chunk') response.end(toEvent({ error }));
  else if (fault === 'error-event') response.end(`event: error\n${toEvent({ error })}`);
  else if (fault === 'broken-chunk') response.end(toEvent(`{"choices": ${echo}`));
  else setTimeout(() => response.destroy(), 20);
}

/** Providers of models that fail in every way there is, and tell everybody what they were asked and with which key. */
export async function startEchoingProvider(): Promise<EchoingProvider> {
  let beforeLate = () => Promise.resolve();
  const server = createServer((request, response) => {
    void (async () => {
      const text = await readText(request);
      const [, name, ...rest] = (request.url ?? '').split('/');
      const fault = providerFaults.find((known) => known === name);
      if (name === 'late') await beforeLate();
      if (fault) fail(response, fault, `${text} ${request.headers.authorization ?? ''}`);
      else answerWell(response, rest.join('/'), JSON.parse(text || '{}'));
    })();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: (name) => `http://127.0.0.1:${(server.address() as AddressInfo).port}/${name}/v1`,
    beforeLate(work) {
      beforeLate = work;
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
