import { parseArgs } from 'node:util';
import { measureLatency } from './support/client.ts';
import { startLocal } from './support/platform.ts';
import { quantile } from './support/statistics.ts';
import { measureThroughput } from './support/wrk.ts';

/** What the edge costs against calling the function itself, by turns in one run: as ratios. */

const { values } = parseArgs({
  options: { seconds: { type: 'string', default: '4' }, calls: { type: 'string', default: '1000' } },
});
const seconds = Number(values.seconds);
const calls = Number(values.calls);
const warmUp = 50;

const server = await startLocal({ script: 'loadtest/support/function-server.ts' });
const { port } = new URL(server.url);
const edge = await startLocal({
  script: 'loadtest/support/edge-server.ts',
  env: { EDGE_UPSTREAM: `http://{function}.bench.test:${port}` },
});

interface Call {
  body?: string;
  accept?: string;
  until?: string;
}

/** Interleaved, so that whatever else the machine does meets both alike. */
async function compareLatency(name: string, path: string, call: Call): Promise<void> {
  const through: number[] = [];
  const direct: number[] = [];
  for (let index = 0; index < calls + warmUp; index += 1) {
    const times = [
      await measureLatency({ url: edge.url + path, token: 'none', ...call }),
      await measureLatency({ url: server.url + path, token: 'none', ...call }),
    ] as const;
    if (index < warmUp) continue;
    through.push(times[0]);
    direct.push(times[1]);
  }
  const [ours, theirs] = [quantile(through, 0.5), quantile(direct, 0.5)];
  const ratio = (ours / theirs).toFixed(2);
  console.log(`${name.padEnd(32)} median ${ratio} × direct   added ${(ours - theirs).toFixed(2)} ms`);
}

async function compareThroughput(name: string, path: string, body?: string): Promise<void> {
  const ratios: number[] = [];
  const load = { token: 'none', connections: 32, seconds, ...(body === undefined ? {} : { body }) };
  await measureThroughput({ ...load, url: edge.url + path, seconds: 2 });
  for (const _round of [0, 1, 2]) {
    const direct = await measureThroughput({ ...load, url: server.url + path });
    ratios.push((await measureThroughput({ ...load, url: edge.url + path })) / direct);
  }
  console.log(`${name.padEnd(32)} median ${quantile(ratios, 0.5).toFixed(2)} × direct`);
}

try {
  const body = JSON.stringify({ query: 'What is the pressure of pump 42?' });
  await compareThroughput('requests/s, GET', '/v1/documents');
  await compareThroughput('requests/s, POST', '/v1/search', body);
  await compareLatency('latency, GET', '/v1/documents', {});
  await compareLatency('latency, POST', '/v1/search', { body });
  const accept = 'text/event-stream';
  await compareLatency('first byte of a stream', '/v1/query', { body, accept, until: ': open' });
  await compareLatency('first event of a stream', '/v1/query', { body, accept, until: 'text-delta' });
} finally {
  await Promise.all([edge.close(), server.close()]);
}
