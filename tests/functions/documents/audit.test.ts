import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test, vi } from 'vitest';
import { createTestPlatform, createToken } from '#tests/support/platform.ts';
import { temporaryDirectory } from '#tests/support/process.ts';

test('while the audit trail can not be written no document is changed, and reading goes on', async () => {
  const directory = temporaryDirectory();
  const { call, metric } = await createTestPlatform({ DATA_DIR: directory });
  const token = await createToken();
  expect((await call('PUT /v1/documents/a', { token, json: { text: 'Before' } })).status).toBeLessThan(300);
  const holder = new DatabaseSync(join(directory, 'audit.sqlite'));
  holder.exec('BEGIN IMMEDIATE');

  const [stored, removed] = await Promise.all([
    call('PUT /v1/documents/a', { token, json: { text: 'After' } }),
    call('DELETE /v1/documents/a', { token }),
  ]);
  expect(await stored.json()).toMatchObject({ code: 'search_unavailable' });
  expect(await removed.json()).toMatchObject({ code: 'search_unavailable' });
  const read = await call('GET /v1/documents/a/text', { token });
  expect(await read.text()).toBe('Before');
  expect(await metric('genai_audit_pending_events')).toBeGreaterThan(0);

  holder.exec('COMMIT');
  holder.close();
  await vi.waitFor(async () => expect(await metric('genai_audit_pending_events')).toBe(0), { timeout: 15_000 });
  expect((await call('PUT /v1/documents/a', { token, json: { text: 'After' } })).status).toBeLessThan(300);
});

test('a batch has an intent and an outcome for each document that is written, none for what is as it was', async () => {
  const { call, logged } = await createTestPlatform();
  const token = await createToken();
  await call('POST /v1/documents', { token, json: { documents: [{ id: 'same', text: 'Same' }] } });
  const before = logged.length;
  const documents = [
    { id: 'same', text: 'Same' },
    { id: 'new', text: 'New' },
    { id: 'other', text: 'Other' },
  ];
  await (await call('POST /v1/documents', { token, json: { documents } })).text();
  const audits = logged.slice(before).filter(({ event }) => event === 'audit');
  expect(audits.map(({ action, target, outcome }) => `${action} ${target} ${outcome}`)).toEqual([
    'document.create new begun',
    'document.create other begun',
    'document.create new success',
    'document.create other success',
  ]);
});
