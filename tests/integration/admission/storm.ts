import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import type { StormOptions } from './storm-process.ts';

export interface Storm {
  /** How often there was which status; 0 for none. */
  statuses: Map<number, number>;
  done: Promise<void>;
  /** Resolves when so many answers were read to their end, or the storm is over. */
  answers(count: number): Promise<void>;
}

const script = fileURLToPath(new URL('storm-process.ts', import.meta.url));

/** Many clients at once, in a process of their own: what they do must not slow down the provider. */
export function startStorm(options: StormOptions): Storm {
  const child = spawn(process.execPath, [script, JSON.stringify(options)], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  const statuses = new Map<number, number>();
  let isOver = false;
  createInterface({ input: child.stdout }).on('line', (line) => {
    const status = Number(line);
    statuses.set(status, (statuses.get(status) ?? 0) + 1);
  });
  const done = once(child, 'close').then(() => {
    isOver = true;
  });
  return {
    statuses,
    done,
    async answers(count) {
      while (!isOver && (statuses.get(200) ?? 0) < count) await wait(10);
    },
  };
}
