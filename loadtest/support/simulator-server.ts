import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { startUpstream } from '#tests/support/upstream.ts';
import { watchLoopLag } from './loop-lag.ts';
import { fromChatBody } from './simulated-call.ts';

/** The simulated model in a process of its own, and beside it how late its timers are. */
const port = Number(process.env['PORT']);
const upstream = await startUpstream({ port });
const readLag = watchLoopLag();
upstream.reply((body) => {
  // Each is kept for tests; here there are hundreds of thousands.
  upstream.calls.length = 0;
  const { tokens, delay } = fromChatBody(body);
  return { chunks: Array.from({ length: tokens }, () => ' token'), delay, usage: 'counted' };
});

const lagServer = createServer((_request, response) => response.end(JSON.stringify({ lag: readLag() })));
lagServer.listen(0, '127.0.0.1', () => {
  const { port: lagPort } = lagServer.address() as AddressInfo;
  const started = { event: 'started', port: Number(new URL(upstream.url).port), metrics_port: lagPort };
  process.stdout.write(`${JSON.stringify(started)}\n`);
});
process.on('SIGTERM', () => process.exit(0));
