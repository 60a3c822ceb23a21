import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { findFreePort } from '#tests/support/free-port.ts';

export interface RunningRedis {
  url: string;
  close(): Promise<void>;
}

/** A Redis server of its own, that keeps nothing on disk. Needs `redis-server`. */
export async function startRedis(): Promise<RunningRedis> {
  const port = await findFreePort();
  const settings = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
  const child = spawn('redis-server', settings, { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  child.once('error', () => reject(new Error('redis-server cannot be started')));
  child.once('exit', () => reject(new Error('redis-server has ended')));
  createInterface({ input: child.stdout }).on('line', (line) => {
    if (line.includes('Ready to accept connections')) resolve();
  });
  await promise;
  return {
    url: `redis://127.0.0.1:${port}`,
    async close() {
      child.kill('SIGTERM');
      await ended;
    },
  };
}
