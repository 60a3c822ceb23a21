import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

/**
 * Answers as the platform would, with two faults: each search finds what any tenant has stored, and
 * each stream ends without its terminal event.
 */
export async function startLeakingServer(): Promise<{ url: string; tenants: Set<string> }> {
  const tenants = new Set<string>();
  const canaries = new Set<string>();
  let requests = 0;

  function answer(request: IncomingMessage, response: ServerResponse, body: string): void {
    const path = request.url ?? '';
    requests += 1;
    response.setHeader('x-request-id', `request-${requests}`);
    const send = (status: number, value: unknown) => response.writeHead(status).end(JSON.stringify(value));
    if (path.startsWith('/v1/tenants/')) {
      const id = path.slice('/v1/tenants/'.length);
      if (request.method === 'DELETE') return void response.writeHead(tenants.delete(id) ? 204 : 404).end();
      return void send(tenants.has(id) ? 200 : 404, { name: 'Load test' });
    }
    if (path === '/v1/tenants') {
      tenants.add(JSON.parse(body).id);
      return void send(201, {});
    }
    if (path.startsWith('/v1/documents')) {
      for (const [canary] of body.matchAll(/zq[a-z]+/g)) canaries.add(canary);
      return void send(200, { results: [{ status: 'created' }] });
    }
    if (request.headers.accept !== 'text/event-stream') return void send(200, { hits: [...canaries] });
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.end('data: {"type":"text-delta","delta":"word"}\n\n');
  }

  const server = createServer((request, response) => {
    void request.toArray().then((parts) => answer(request, response, parts.join('')));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, tenants };
}
