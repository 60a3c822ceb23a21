import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as wait } from 'node:timers/promises';
import { expect, onTestFinished, test, vi } from 'vitest';
import { createToken } from '#tests/support/platform.ts';
import { startProcess, temporaryDirectory } from '#tests/support/process.ts';

vi.setConfig({ testTimeout: 120_000 });

/** A platform in a process of its own that knows one document. */
async function startWithDocument(env: NodeJS.ProcessEnv = {}) {
  const directory = temporaryDirectory();
  const platform = await startProcess(directory, { LOG_LEVEL: 'info', ...env });
  const token = await createToken();
  const post = async (path: string, body: object) => {
    const response = await fetch(`${platform.url}${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', connection: 'close' },
      body: JSON.stringify(body),
    });
    await response.text();
    return response.status;
  };
  expect(await post('/v1/documents', { documents: [{ id: 'tower', text: 'The tower is 96 metres tall.' }] })).toBe(200);
  return {
    ...platform,
    /** Searches while the trail's file is held by somebody else. */
    async searchUnrecorded(): Promise<void> {
      const holder = new DatabaseSync(join(directory, 'audit.sqlite'), { timeout: 5_000 });
      onTestFinished(() => holder.close());
      holder.exec('BEGIN EXCLUSIVE');
      expect(await post('/v1/search', { query: 'tower' })).toBe(200);
    },
  };
}

test('whoever asks for metrics regularly is told of events that could not be stored until the process ended', async () => {
  const { child, exit, lines, searchUnrecorded } = await startWithDocument();
  const { metrics_port: port } = JSON.parse(lines.find((line) => line.includes('"event":"started"')) ?? '');
  await searchUnrecorded();

  const lostIn = (exposed: string) => Number(/^genai_audit_events_lost_total (\d+)$/m.exec(exposed)?.[1]);
  const told: number[] = [];
  let hasEnded = false;
  const scraping = (async () => {
    while (!hasEnded) {
      await fetch(`http://127.0.0.1:${port}/metrics`, { headers: { connection: 'close' } })
        .then(async (response) => told.push(lostIn(await response.text())))
        .catch(() => undefined);
      await wait(1_000);
    }
  })();
  await vi.waitFor(() => expect(told).toContain(0), 30_000);
  child.kill('SIGTERM');
  expect(await exit).toBe(0);
  hasEnded = true;
  await scraping;
  expect(lines.some((line) => line.includes('"event":"audit_lost"'))).toBe(true);
  expect(told.at(-1)).toBeGreaterThan(0);
});

test('a process that ends at once by an error tells how many events the store has not got', async () => {
  const crashOnSignal = import.meta.resolve('../redaction/crash-on-signal.ts');
  const { child, exit, lines, searchUnrecorded } = await startWithDocument({
    NODE_OPTIONS: `--import=${crashOnSignal}`,
  });
  await searchUnrecorded();
  child.kill('SIGUSR2');
  expect(await exit).toBe(1);
  const lost = () => lines.filter((line) => line.includes('"event":"audit_lost"'));
  await vi.waitFor(() => expect(lost()).toHaveLength(1), { timeout: 20_000 });
  expect(JSON.parse(lost()[0] ?? '')).toMatchObject({ count: expect.toSatisfy((count) => count > 0) });
  expect(lines.some((line) => line.includes('"action":"document.search"'))).toBe(true);
});
