import { spawn } from 'node:child_process';
import { once } from 'node:events';
import * as v from 'valibot';
import { onTestFinished, vi } from 'vitest';
import { findFreePort } from '#tests/support/free-port.ts';
import { temporaryDirectory } from '#tests/support/process.ts';

const Alerts = v.array(v.object({ labels: v.record(v.string(), v.string()), status: v.object({ state: v.string() }) }));

export type Labels = Record<string, string>;

/** A real one, ended with the test. */
export async function startAlertmanager(configuration: string) {
  const address = `127.0.0.1:${await findFreePort()}`;
  const child = spawn(
    'prometheus-alertmanager',
    [
      `--config.file=${configuration}`,
      `--storage.path=${temporaryDirectory()}`,
      `--web.listen-address=${address}`,
      '--cluster.listen-address=',
    ],
    { stdio: 'ignore' },
  );
  onTestFinished(async () => {
    const ended = once(child, 'exit');
    if (child.kill()) await ended;
  });
  const ask = async (path: string, init: RequestInit = {}): Promise<Response> => {
    const response = await fetch(`http://${address}${path}`, { ...init, signal: AbortSignal.timeout(5_000) });
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return response;
  };
  await vi.waitFor(() => ask('/-/ready'), { timeout: 30_000, interval: 100 });

  const list = async (): Promise<v.InferOutput<typeof Alerts>> =>
    v.parse(Alerts, await (await ask('/api/v2/alerts')).json());

  return {
    async raise(...alerts: Labels[]): Promise<void> {
      const body = JSON.stringify(alerts.map((labels) => ({ labels })));
      await ask('/api/v2/alerts', { method: 'POST', body, headers: { 'content-type': 'application/json' } });
      await vi.waitFor(
        async () => {
          const states = (await list()).map(({ status }) => status.state);
          if (states.length < alerts.length || states.includes('unprocessed')) throw new Error(states.join());
        },
        { timeout: 45_000, interval: 250 },
      );
    },
    /** The labels of those that are not held back by another. */
    listTold: async (): Promise<Labels[]> =>
      (await list()).filter(({ status }) => status.state === 'active').map(({ labels }) => labels),
  };
}
