import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';

/**
 * Fills NODE_COMPILE_CACHE for the bundles of a folder: starts each function once, as production does, and loads what
 * functions load on demand. A cache is valid for the paths, the version of Node.js and the user that it was made with.
 */

const [root = 'dist'] = process.argv.slice(2);
const maxMilliseconds = 30_000;

/** Nothing listens there: functions start without their engines. */
const nobody = '127.0.0.1:9';
const env = {
  ...process.env,
  PORT: '0',
  METRICS_PORT: '0',
  JWT_SECRET: 'only-for-the-start-of-each-function-once',
  STATE_STORE: 'redis',
  REDIS_URL: `redis://${nobody}`,
  SEARCH_ENGINE: 'opensearch',
  OPENSEARCH_URL: `http://${nobody}`,
  EDGE_UPSTREAM: 'http://{function}.test',
};

async function startOnce(name: string): Promise<void> {
  const child = spawn(process.execPath, [join(root, 'main.js')], {
    env: { ...env, FUNCTION: name },
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: maxMilliseconds,
  });
  createInterface({ input: child.stdout }).on('line', (line) => {
    if (line.includes('"event":"started"')) child.kill('SIGTERM');
  });
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new Error(`${name} ended with ${code}`);
}

/** In a process of its own: the cache is written when that ends. */
async function load(files: string[]): Promise<void> {
  const urls = JSON.stringify(files.map((file) => pathToFileURL(file).href));
  const script = `await Promise.allSettled(${urls}.map((url) => import(url))); process.exit(0);`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    env,
    stdio: ['ignore', 'ignore', 'inherit'],
    timeout: maxMilliseconds,
  });
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new Error(`${files[0]} and its like could not be loaded`);
}

const filesIn = (folder: string): string[] =>
  readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.js'))
    .map((entry) => join(entry.parentPath, entry.name));

const isStarted = (name: string): boolean => name !== 'operator' && name !== 'node_modules' && !name.startsWith('.');
const functionNames = readdirSync(root, { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && isStarted(entry.name))
  .map((entry) => entry.name);

for (const name of functionNames) {
  await startOnce(name);
  await load(filesIn(join(root, name)).filter((file) => file.includes('/chunks/')));
}
