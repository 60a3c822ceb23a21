import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, onTestFinished } from 'vitest';

/** A program that serves HTTP, once it says that it is ready; it ends with the test. */
export async function startServerProcess(command: string, args: string[], url: string): Promise<void> {
  const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  const lines: string[] = [];
  child.stderr.on('data', (part: Buffer) => lines.push(part.toString()));
  child.once('error', () => lines.push(`${command} cannot be started: install the packages in CONTRIBUTING.md`));
  onTestFinished(async () => {
    if (child.exitCode !== null || child.pid === undefined) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  });
  const isReady = () =>
    fetch(`${url}/-/ready`, { signal: AbortSignal.timeout(5_000) }).then(
      ({ ok }) => ok || lines.slice(-5).join(''),
      () => lines.slice(-5).join(''),
    );
  await expect.poll(isReady, { timeout: 60_000, interval: 200 }).toBe(true);
}
