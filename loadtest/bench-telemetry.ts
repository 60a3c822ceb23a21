import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { SignJWT } from 'jose';
import { measureLatency } from './support/client.ts';
import { startLocal } from './support/platform.ts';
import { cpuSeconds } from './support/process-usage.ts';
import { simulatedModel, toChatBody } from './support/simulated-call.ts';
import { startReady, type ReadyProcess } from './support/start-ready.ts';
import { quantile } from './support/statistics.ts';

/**
 * What it costs to observe: metrics, log, audit and traces that are all exported, against none of it, by turns in one run;
 * and cold starts of the bundles with and without a receiver of traces.
 */

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '40' },
    calls: { type: 'string', default: '50' },
    starts: { type: 'string', default: '15' },
    bundles: { type: 'string', default: 'dist' },
  },
});
const rounds = Number(values.rounds);
const calls = Number(values.calls);
const starts = Number(values.starts);
const warmUpRounds = 4;
const secret = 'a-secret-for-the-telemetry-benchmark';
const directory = mkdtempSync(join(tmpdir(), 'genai-telemetry-'));

const row = (name: string, text: string) => console.log(`${name.padEnd(22)} ${text}`);

const createToken = (): Promise<string> =>
  new SignJWT({ tenant_id: 'bench', role: 'tenant_admin' })
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject('bench')
    .setIssuedAt()
    .setExpirationTime('3h')
    .sign(new TextEncoder().encode(secret));

async function addDocuments({ url }: ReadyProcess, token: string): Promise<void> {
  const documents = Array.from({ length: 200 }, (_, index) => ({
    id: `pump-${index}`,
    title: `Pump ${index}`,
    text: `The pressure of pump ${index} is ${index * 7} bar. It was measured in hall ${index % 9}.`,
  }));
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const response = await fetch(`${url}/v1/documents`, { method: 'POST', headers, body: JSON.stringify({ documents }) });
  if (response.status !== 200) throw new Error(`The documents: ${response.status} ${await response.text()}`);
}

interface Side {
  server: ReadyProcess;
  milliseconds: number[];
  cpu: number;
}

async function compare(name: string, servers: { on: ReadyProcess; off: ReadyProcess }, path: string, body: string) {
  const token = await createToken();
  const sides: Record<'on' | 'off', Side> = {
    on: { server: servers.on, milliseconds: [], cpu: 0 },
    off: { server: servers.off, milliseconds: [], cpu: 0 },
  };
  for (let round = -warmUpRounds; round < rounds; round += 1) {
    // Whoever goes first changes, so that what follows on a round meets both alike.
    for (const side of round % 2 === 0 ? [sides.on, sides.off] : [sides.off, sides.on]) {
      const before = cpuSeconds(side.server.pid);
      const times: number[] = [];
      for (let call = 0; call < calls; call += 1)
        times.push(await measureLatency({ url: side.server.url + path, token, body }));
      if (round < 0) continue;
      side.milliseconds.push(...times);
      side.cpu += cpuSeconds(side.server.pid) - before;
    }
  }
  const [on, off] = [quantile(sides.on.milliseconds, 0.5), quantile(sides.off.milliseconds, 0.5)];
  const perCall = (side: Side) => (side.cpu / (rounds * calls)) * 1_000;
  const [cpuOn, cpuOff] = [perCall(sides.on), perCall(sides.off)];
  row(
    name,
    `median ${(on / off).toFixed(2)} × (added ${(on - off).toFixed(2)} ms)   ` +
      `CPU a request ${(cpuOn / cpuOff).toFixed(2)} × (added ${(cpuOn - cpuOff).toFixed(2)} ms)`,
  );
}

/** A function's first request, by which its start is judged where it can be answered without others. */
interface FirstCall {
  path: string;
  body: string;
}

async function compareStarts(name: string, endpoint: string, call?: FirstCall): Promise<void> {
  const script = `${values.bundles}/${name}/main.js`;
  if (!existsSync(script)) throw new Error(`${script} is missing: npm run build`);
  const token = await createToken();
  const env = {
    NODE_COMPILE_CACHE: join(directory, 'compile-cache'),
    DATA_DIR: join(directory, 'cold'),
    JWT_SECRET: secret,
    TENANT_AUTO_CREATE: 'true',
    LOG_LEVEL: 'silent',
    EDGE_UPSTREAM: 'http://{function}.bench.test',
  };
  const times = { on: [] as number[], off: [] as number[] };
  for (let run = -2; run < starts; run += 1) {
    // Whoever goes first changes here too.
    for (const side of run % 2 === 0 ? (['on', 'off'] as const) : (['off', 'on'] as const)) {
      const more = side === 'on' ? { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint } : {};
      const { url, milliseconds, end } = await startReady(script, { ...env, ...more });
      const answer = call ? await measureLatency({ url: url + call.path, token, body: call.body }) : 0;
      await end();
      if (run >= 0) times[side].push(milliseconds + answer);
    }
  }
  const [on, off] = [quantile(times.on, 0.5), quantile(times.off, 0.5)];
  const until = call ? `to its first answer of ${call.path}` : 'to /readyz';
  row(
    `start of ${name}`,
    `median ${(on / off).toFixed(2)} × (added ${(on - off).toFixed(0)} ms) with a receiver, ${until}`,
  );
}

await using started = new AsyncDisposableStack();
started.defer(() => rmSync(directory, { recursive: true, force: true }));
async function keep(script: string, env: NodeJS.ProcessEnv = {}): Promise<ReadyProcess> {
  const server = await startReady(script, env);
  started.defer(server.end);
  return server;
}
const sink = await keep('loadtest/support/otlp-sink.ts');
const model = await startLocal({ script: 'loadtest/support/simulator-server.ts' });
started.defer(model.close);
const env = {
  JWT_SECRET: secret,
  TENANT_AUTO_CREATE: 'true',
  LLM_BASE_URL: `${model.url}/v1`,
  LLM_MODEL: simulatedModel,
};
const servers = {
  on: await keep('functions/dev.ts', {
    ...env,
    DATA_DIR: join(directory, 'on'),
    OTEL_EXPORTER_OTLP_ENDPOINT: sink.url,
  }),
  off: await keep('loadtest/support/quiet-server.ts', {
    ...env,
    DATA_DIR: join(directory, 'off'),
    LOG_LEVEL: 'silent',
  }),
};
const token = await createToken();
for (const server of Object.values(servers)) await addDocuments(server, token);
row('', `everything on against everything off, ${rounds} × ${calls} calls each by turns`);
const search = { path: '/v1/search', body: JSON.stringify({ query: 'pressure of pump 42' }) };
await compare('search', servers, search.path, search.body);
await compare('chat completion', servers, '/v1/chat/completions', toChatBody({ tokens: 20, delay: 0 }, false));
await compareStarts('search', sink.url, search);
for (const name of ['edge', 'chat']) await compareStarts(name, sink.url);
