import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { Agent } from 'undici';

/** The least that stands between a client and a model: what it is sent it sends on, both ways, and looks at nothing. */
const upstream = new URL(process.env['UPSTREAM_URL'] ?? '');
const agent = new Agent({ connections: 1_000, headersTimeout: 0, bodyTimeout: 0 });

const server = createServer(async (request, response) => {
  const call = {
    origin: upstream.origin,
    path: upstream.pathname,
    method: 'POST' as const,
    headers: { 'content-type': 'application/json' },
    body: await buffer(request),
  };
  agent.dispatch(call, {
    onRequestStart: () => undefined,
    onResponseStart: (_controller, status, headers) =>
      void response.writeHead(status, { 'content-type': String(headers['content-type']) }),
    onResponseData: (_controller, bytes) => void response.write(bytes),
    onResponseEnd: () => void response.end(),
    onResponseError: () => void response.destroy(),
  });
}).listen(Number(process.env['PORT']), () => {
  const { port } = server.address() as AddressInfo;
  process.stdout.write(`${JSON.stringify({ event: 'started', port, metrics_port: 0 })}\n`);
});
process.on('SIGTERM', () => process.exit(0));
