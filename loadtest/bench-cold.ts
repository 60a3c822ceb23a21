import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { quantile } from './support/statistics.ts';

/**
 * Cold start: from spawn to the first 200 of `/readyz`, of each bundle and of a bare `node:http`
 * server, by turns in one run, with a compile cache that an earlier start has warmed.
 */

const { values } = parseArgs({ options: { runs: { type: 'string', default: '15' } } });
const runs = Number(values.runs);
const functionNames = ['auth', 'search', 'query', 'chat', 'documents', 'tenants', 'usage'];
const aims: Record<string, number> = { search: 1.6, query: 2 };
const directory = mkdtempSync(join(tmpdir(), 'genai-cold-'));

const bare = join(directory, 'bare.mjs');
writeFileSync(
  bare,
  "import { createServer } from 'node:http';\ncreateServer((_q, r) => r.writeHead(200).end('{}')).listen(Number(process.env.PORT));\n",
);

/** Two ports that were free a moment ago, and are not the same. */
async function freePorts(): Promise<[number, number]> {
  const servers = [createServer().listen(0), createServer().listen(0)] as const;
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const [one, other] = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return [one ?? 0, other ?? 0];
}

function isReady(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const call = request({ port, host: '127.0.0.1', path: '/readyz', agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    call.on('error', () => resolve(false));
    call.end();
  });
}

/** Milliseconds until the first 200. */
async function start(script: string): Promise<number> {
  const [port, metricsPort] = await freePorts();
  const env = {
    PATH: process.env['PATH'],
    NODE_COMPILE_CACHE: join(directory, 'compile-cache'),
    PORT: String(port),
    METRICS_PORT: String(metricsPort),
    DATA_DIR: join(directory, 'data'),
    JWT_SECRET: 'a-secret-for-the-cold-start-benchmark',
    LOG_LEVEL: 'silent',
  };
  const started = performance.now();
  const child = spawn(process.execPath, [script], { env, stdio: ['ignore', 'ignore', 'inherit'] });
  while (!(await isReady(port))) {
    if (child.exitCode !== null) throw new Error(`${script} ended`);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  const milliseconds = performance.now() - started;
  const ended = once(child, 'exit');
  // SIGTERM, so that the compile cache is written.
  child.kill('SIGTERM');
  await ended;
  return milliseconds;
}

try {
  const scripts = [
    { name: 'bare', script: bare },
    ...functionNames.map((name) => ({ name, script: `dist/${name}/main.js` })),
  ];
  const missing = scripts.find(({ script }) => !existsSync(script));
  if (missing) throw new Error(`${missing.script} is missing: npm run build`);
  const times = new Map<string, number[]>(scripts.map(({ name }) => [name, []]));
  for (const { script } of scripts) for (let warm = 0; warm < 2; warm += 1) await start(script);
  for (let run = 0; run < runs; run += 1) {
    for (const { name, script } of scripts) times.get(name)?.push(await start(script));
  }
  const base = quantile(times.get('bare') ?? [], 0.5);
  console.log(`spawn → first 200, median of ${runs} (best), warm compile cache`);
  for (const [name, all] of times) {
    const median = quantile(all, 0.5);
    const aim = aims[name];
    console.log(
      `${name.padEnd(10)} ${median.toFixed(0).padStart(5)} ms (${Math.min(...all).toFixed(0)})  ${(median / base).toFixed(2)}× bare` +
        (aim === undefined ? '' : `  aim ≤ ${aim}×`),
    );
  }
} finally {
  rmSync(directory, { recursive: true, force: true });
}
