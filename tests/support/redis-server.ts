import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Redis } from 'ioredis';
import { onTestFinished } from 'vitest';
import { findFreePort } from './free-port.ts';

export interface RedisServerOptions {
  password?: string;
  /** For example `8mb`. */
  maxmemory?: string;
  /** Lines of the configuration, by their names: `save: '""'`. */
  config?: Record<string, string>;
  /** When the server is to end: `afterAll` in the body of a suite; with the test unless said otherwise. */
  endWith?: (end: () => Promise<void>) => void;
}

export interface RedisServer {
  host: string;
  port: number;
  password: string | undefined;
  /** With the password, escaped. */
  url: string;
  /** Where it keeps its files. */
  directory: string;
  /** Runs a command on a connection of its own. */
  command(name: string, ...args: (string | number)[]): Promise<unknown>;
  /** All keys there are. */
  keys(): Promise<string[]>;
  pause(): void;
  resume(): void;
  /** SIGKILL; resolves when the process is gone. */
  kill(): Promise<void>;
  /** Starts it again, on the same port and files. `ready` is false where it can't be awaited. */
  restart(changes?: Record<string, string>, ready?: boolean): Promise<void>;
}

async function launch(directory: string, config: Record<string, string>, ready: boolean): Promise<ChildProcess> {
  const file = join(directory, 'redis.conf');
  const text = Object.entries(config).map(([name, value]) => `${name} ${value}\n`);
  writeFileSync(file, text.join(''));
  const child = spawn('redis-server', [file], { stdio: ['ignore', 'pipe', 'inherit'] });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const lines: string[] = [];
  child.once('error', () => reject(new Error('redis-server cannot be started: install redis-server and redis-tools')));
  child.once('exit', () => reject(new Error(`redis-server ended before it was ready:\n${lines.join('\n')}`)));
  createInterface({ input: child.stdout }).on('line', (line) => {
    if (lines.length < 100) lines.push(line);
    if (line.includes('Ready to accept connections')) resolve();
  });
  if (ready) await promise;
  else {
    promise.catch(() => undefined);
    await once(child, 'spawn');
  }
  return child;
}

/** A real Redis server of its own. */
export async function startRedisServer(options: RedisServerOptions = {}): Promise<RedisServer> {
  const { password, maxmemory, config = {}, endWith = onTestFinished } = options;
  const host = '127.0.0.1';
  const port = await findFreePort();
  const directory = mkdtempSync(join(tmpdir(), 'genai-redis-'));
  let settings: Record<string, string> = {
    port: String(port),
    bind: host,
    dir: directory,
    save: '""',
    ...(password === undefined ? {} : { requirepass: JSON.stringify(password) }),
    ...(maxmemory === undefined ? {} : { maxmemory }),
    ...config,
  };
  let child = await launch(directory, settings, true);
  const killAtExit = () => void child.kill('SIGKILL');
  process.once('exit', killAtExit);

  async function kill(): Promise<void> {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  }

  endWith(async () => {
    await kill();
    process.removeListener('exit', killAtExit);
    rmSync(directory, { recursive: true, force: true, maxRetries: 5 });
  });

  async function command(name: string, ...args: (string | number)[]): Promise<unknown> {
    const redis = new Redis({
      host,
      port,
      ...(password === undefined ? {} : { password }),
      retryStrategy: null,
      enableReadyCheck: false,
      disableClientInfo: true,
      protocol: 2,
      connectionName: 'admin',
    });
    redis.on('error', () => undefined);
    try {
      return await redis.call(name, ...args);
    } finally {
      redis.disconnect();
    }
  }

  return {
    host,
    port,
    password,
    url: `redis://${password === undefined ? '' : `:${encodeURIComponent(password)}@`}${host}:${port}`,
    directory,
    command,
    keys: async () => (await command('KEYS', '*')) as string[],
    pause: () => void child.kill('SIGSTOP'),
    resume: () => void child.kill('SIGCONT'),
    kill,
    async restart(changes = {}, ready = true) {
      await kill();
      settings = { ...settings, ...changes };
      child = await launch(directory, settings, ready);
    },
  };
}

/** The platform's variables for state in this server, with more patience than a busy machine needs. */
export const stateEnvOf = ({ url }: Pick<RedisServer, 'url'>): Record<string, string> => ({
  STATE_STORE: 'redis',
  REDIS_URL: url,
  STATE_TIMEOUT_MILLISECONDS: '2000',
});
