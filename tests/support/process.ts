import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { onTestFinished } from 'vitest';
import { testSecret } from './platform.ts';

export interface PlatformProcess {
  url: string;
  child: ChildProcess;
  /** Resolves with the exit code, or the signal's name. */
  exit: Promise<number | NodeJS.Signals>;
  lines: string[];
  /** What it wrote beside its log. */
  errors: string[];
}

/** A folder that is gone when the test is. */
export function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'genai-process-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true, maxRetries: 5 }));
  return directory;
}

/** Every function, or the one of `entry`, in a process of its own, ended with the test if it still runs then. */
export async function startProcess(
  directory: string,
  env: NodeJS.ProcessEnv = {},
  entry = 'functions/dev.ts',
): Promise<PlatformProcess> {
  const child = spawn(process.execPath, [entry], {
    env: {
      PATH: process.env['PATH'],
      PORT: '0',
      METRICS_PORT: '0',
      DATA_DIR: directory,
      JWT_SECRET: testSecret,
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const exit = once(child, 'exit').then(([code, signal]: unknown[]) => (code ?? signal) as number | NodeJS.Signals);
  const lines: string[] = [];
  const errors: string[] = [];
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  createInterface({ input: child.stdout }).on('line', (line) => {
    lines.push(line);
    if (line.includes('"event":"started"')) resolve(Number(JSON.parse(line).port));
  });
  createInterface({ input: child.stderr }).on('line', (line) => {
    errors.push(line);
    console.error(line);
  });
  void exit.then(() => reject(new Error('The process ended before it listened')));
  return { url: `http://127.0.0.1:${await promise}`, child, exit, lines, errors };
}
