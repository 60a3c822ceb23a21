import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** The least that plays a function: JSON at once, or a stream whose events come one by one. */
const server = createServer((request, response) => {
  request.resume();
  if (request.headers.accept !== 'text/event-stream') {
    response.writeHead(200, { 'content-type': 'application/json' }).end('{"hits":[]}');
    return;
  }
  response.writeHead(200, { 'content-type': 'text/event-stream' }).write(': open\n\n');
  const events = ['data: {"type":"text-delta"}\n\n', 'data: [DONE]\n\n'];
  const timer = setInterval(() => {
    response.write(events.shift() ?? '');
    if (events.length > 0) return;
    clearInterval(timer);
    response.end();
  }, 1);
}).listen(Number(process.env['PORT']), () => {
  const { port } = server.address() as AddressInfo;
  process.stdout.write(`${JSON.stringify({ event: 'started', port, metrics_port: 0 })}\n`);
});
process.on('SIGTERM', () => process.exit(0));
