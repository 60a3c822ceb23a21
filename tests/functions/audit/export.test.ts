import { expect, test } from 'vitest';
import { createAuditApp } from '#functions/audit/app.ts';
import { createAuditDeps } from '#functions/audit/deps.ts';
import { abortable } from '#lib/core/abort.ts';
import { ApiError } from '#lib/core/api-error.ts';
import { createToken } from '#tests/support/platform.ts';
import { admin, createAuditWorld } from './audit-world.ts';

const toLines = (text: string): Record<string, unknown>[] =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));

test('an export is every event, the checkpoints in their places and the end', async () => {
  const { putDocument, listOnce, send, list } = await createAuditWorld();
  await putDocument('a');
  await listOnce('document.create', 'a');
  const response = await send('GET /v1/audit', admin, { headers: { accept: 'application/x-ndjson' } });
  expect(response.headers.get('content-type')).toBe('application/x-ndjson');
  const lines = toLines(await response.text());
  const events = lines.filter((line) => 'action' in line);
  expect((await list('?limit=1000')).events.slice(0, events.length)).toEqual(events);
  const last = events.at(-1);
  expect(lines.at(-1)).toEqual({
    end: {
      chain: expect.stringMatching(/^acme\./),
      sequence: last?.['sequence'],
      hash: last?.['hash'],
      timestamp: expect.any(String),
      signature: expect.any(String),
    },
  });
  const index = lines.findIndex((line) => 'checkpoint' in line);
  expect(lines[index]).toMatchObject({ checkpoint: { sequence: lines[index - 1]?.['sequence'] } });
});

test('an export of a time begins and ends within it', async () => {
  const { putDocument, listOnce, exportText } = await createAuditWorld();
  await putDocument('a');
  const [first] = await listOnce('document.create', 'a');
  const none = toLines(await exportText('?from=2999-01-01'));
  expect(none).toMatchObject([{ end: { first: 0, sequence: 0 } }]);
  const some = toLines(await exportText(`?from=${first?.timestamp}`));
  expect(some.at(-1)).toMatchObject({ end: { first: 1 } });
});

test('over a connection an export is the same', async () => {
  const { putDocument, listOnce, listen } = await createAuditWorld();
  await putDocument('a');
  await listOnce('document.create', 'a');
  const headers = { authorization: `Bearer ${await createToken(admin)}`, accept: 'application/x-ndjson' };
  const response = await fetch(`${await listen()}/v1/audit`, { headers });
  const lines = toLines(await response.text());
  expect(lines[0]).toMatchObject({ sequence: 1, action: 'document.create' });
  expect(lines.at(-1)).toMatchObject({ end: { sequence: expect.any(Number) } });
});

/** The function on a store that fails, or waits, with its second page: a change is two blocks, a page 32. */
async function createHalfStore(read: (signal: AbortSignal) => Promise<never>) {
  const world = await createAuditWorld();
  const { foundation } = world;
  for (let index = 0; index < 20; index += 1) await world.putDocument(`document-${index}`);
  await world.listOnce('document.create', 'document-19');
  let pages = 0;
  const auditStore: typeof foundation.auditStore = {
    ...foundation.auditStore,
    read: (chain, range, signal) =>
      (pages += 1) > 1 ? read(signal) : foundation.auditStore.read(chain, range, signal),
  };
  const app = createAuditApp(createAuditDeps({ ...foundation, auditStore }));
  const headers = { authorization: `Bearer ${await createToken(admin)}`, accept: 'application/x-ndjson' };
  const request = () => app.request('/v1/audit', { headers });
  return { ...world, request };
}

test('an export that fails on the way ends with a line that says so', async () => {
  const { request, logged } = await createHalfStore(async () => {
    throw new ApiError('search_unavailable', undefined, { cause: new Error('inner words') });
  });
  const response = await request();
  expect(response.status).toBe(200);
  const text = await response.text();
  expect(toLines(text).at(-1)).toMatchObject({ error: { code: 'search_unavailable', status: 503 } });
  expect(text).not.toContain('inner words');
  await expect
    .poll(() => logged, { timeout: 20_000 })
    .toContainEqual(
      expect.objectContaining({ event: 'audit_completed', outcome: 'failed', error_code: 'search_unavailable' }),
    );
});

test('a client that leaves ends the reading', async () => {
  const waits = Promise.withResolvers<void>();
  const { request, logged } = await createHalfStore((signal) => {
    waits.resolve();
    return abortable(new Promise<never>(() => undefined), signal);
  });
  const reader = (await request()).body?.getReader() ?? expect.fail('There is a body');
  async function readAll(): Promise<void> {
    while (!(await reader.read()).done);
  }
  const reading = readAll();
  await waits.promise;
  await reader.cancel();
  await reading;
  await expect
    .poll(() => logged, { timeout: 20_000 })
    .toContainEqual(expect.objectContaining({ event: 'audit_completed', outcome: 'aborted' }));
});
