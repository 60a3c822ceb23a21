import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** The least that answers 200: what the benchmarks compare with. */
const server = createServer((_request, response) => {
  response.writeHead(200, { 'content-type': 'application/json' }).end('{"status":"ready"}');
}).listen(Number(process.env['PORT']), () => {
  const { port } = server.address() as AddressInfo;
  process.stdout.write(`${JSON.stringify({ event: 'started', port, metrics_port: 0 })}\n`);
});
process.on('SIGTERM', () => process.exit(0));
