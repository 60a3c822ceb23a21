import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

export interface ReceivedRequest {
  method: string;
  url: URL;
  headers: IncomingMessage['headers'];
  body: string;
}

export interface Answer {
  status?: number;
  mediaType?: string;
  /** A text as it is, anything else as JSON. */
  body?: unknown;
}

/** A real HTTP server that is gone when the test is; without an answer it stays silent. */
export async function startAnswerServer(toAnswer: (request: ReceivedRequest) => Answer | undefined) {
  const received: ReceivedRequest[] = [];
  const server = createServer((incoming, response) => {
    void (async () => {
      const parts: Buffer[] = [];
      for await (const part of incoming) parts.push(part);
      const { method = '', headers } = incoming;
      const url = new URL(incoming.url ?? '', 'http://server');
      const request = { method, url, headers, body: Buffer.concat(parts).toString() };
      received.push(request);
      const answer = toAnswer(request);
      if (!answer) return;
      const { status = 200, mediaType = 'application/json', body = {} } = answer;
      response.writeHead(status, { 'content-type': mediaType });
      response.end(typeof body === 'string' ? body : JSON.stringify(body));
    })();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, received };
}
