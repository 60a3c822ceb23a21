import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { measureLatency } from './support/client.ts';
import { startLocal } from './support/platform.ts';
import { startRedis } from './support/redis.ts';
import { simulatedModel, toChatBody } from './support/simulated-call.ts';
import { quantile } from './support/statistics.ts';

/**
 * What a tenant that sends one request at a time notices of two others that flood the same process: one above its limits,
 * and one that has none. Alone and with them by turns, in one run.
 */

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '6' },
    rounds: { type: 'string', default: '3' },
    clients: { type: 'string', default: '25' },
    places: { type: 'string', default: '500' },
    neighbours: { type: 'string', default: 'loud,wild' },
  },
});
const milliseconds = Number(values.seconds) * 1_000;
const rounds = Number(values.rounds);
const clients = Number(values.clients);
const neighbours = values.neighbours.split(',');
const limits = { loud: { requests_per_minute: 300, concurrent_requests: 5 }, wild: {}, quiet: {} };
const body = toChatBody({ tokens: 2, delay: 50 }, false);
const floodScript = fileURLToPath(new URL('support/flood.ts', import.meta.url));

const simulator = await startLocal({ script: 'loadtest/support/simulator-server.ts' });
const redis = await startRedis();
const platform = await startLocal({
  env: {
    STATE_STORE: 'redis',
    REDIS_URL: redis.url,
    LLM_BASE_URL: `${simulator.url}/v1`,
    LLM_MODEL: simulatedModel,
    MAX_IN_FLIGHT: values.places,
  },
});
const url = `${platform.url}/v1/chat/completions`;
const headers = { 'content-type': 'application/json' };

async function createTenant(id: string, ofTenant: object): Promise<void> {
  const response = await fetch(`${platform.url}/v1/tenants`, {
    method: 'POST',
    headers: { ...headers, authorization: `Bearer ${await platform.sign({ role: 'platform_admin' })}` },
    body: JSON.stringify({ id, name: id, limits: ofTenant }),
  });
  if (response.status !== 201) throw new Error(`The tenant ${id}: ${response.status} ${await response.text()}`);
}

/** Clients of the tenant in a process of their own, until the result is called, which tells what they were answered. */
async function flood(tenant: string): Promise<() => Promise<string>> {
  const args = [floodScript, url, await platform.token(tenant), body, String(clients)];
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  return async () => {
    child.stdin.end();
    return text(child.stdout);
  };
}

/** Latencies of one client that pauses between its requests. */
async function measure(): Promise<number[]> {
  const token = await platform.token('quiet');
  const found: number[] = [];
  for (const until = performance.now() + milliseconds; performance.now() < until; await wait(10)) {
    found.push(await measureLatency({ url, token, body }));
  }
  return found;
}

try {
  for (const [id, ofTenant] of Object.entries(limits)) await createTenant(id, ofTenant);
  await measure();
  const alone: number[] = [];
  const beside: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    alone.push(...(await measure()));
    const floods: (() => Promise<string>)[] = [];
    for (const neighbour of neighbours) floods.push(await flood(neighbour));
    await wait(1_000);
    beside.push(...(await measure()));
    const answers = await Promise.all(floods.map((end) => end()));
    console.log(`round ${round + 1}`, ...neighbours.map((neighbour, index) => `  ${neighbour}: ${answers[index]}`));
  }
  for (const share of [0.5, 0.99]) {
    const [one, other] = [quantile(alone, share), quantile(beside, share)];
    console.log(
      `p${share * 100}   alone ${one.toFixed(1)} ms   beside the others ${other.toFixed(1)} ms   ratio ${(other / one).toFixed(2)}`,
    );
  }
} finally {
  await platform.close();
  await redis.close();
  await simulator.close();
}
