import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startReady } from './support/start-ready.ts';
import { quantile } from './support/statistics.ts';

/**
 * Cold start: from spawn to the first 200 of `/readyz`, of each bundle and of a bare `node:http`
 * server, by turns in one run, with a compile cache that an earlier start has warmed.
 */

const { values } = parseArgs({ options: { runs: { type: 'string', default: '15' } } });
const runs = Number(values.runs);
const functionNames = ['auth', 'search', 'query', 'chat', 'documents', 'tenants', 'usage', 'audit'];
const aims: Record<string, number> = { search: 1.6, query: 2 };
const directory = mkdtempSync(join(tmpdir(), 'genai-cold-'));

const bare = join(directory, 'bare.mjs');
writeFileSync(
  bare,
  "import { createServer } from 'node:http';\ncreateServer((_q, r) => r.writeHead(200).end('{}')).listen(Number(process.env.PORT));\n",
);

/** Milliseconds until the first 200. */
async function start(script: string): Promise<number> {
  const { milliseconds, end } = await startReady(script, {
    NODE_COMPILE_CACHE: join(directory, 'compile-cache'),
    DATA_DIR: join(directory, 'data'),
    JWT_SECRET: 'a-secret-for-the-cold-start-benchmark',
    LOG_LEVEL: 'silent',
  });
  // SIGTERM, so that the compile cache is written.
  await end();
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
