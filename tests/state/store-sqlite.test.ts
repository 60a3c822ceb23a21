import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { createSqliteState } from '#lib/state/create-sqlite-state.ts';
import { platformCollection } from '#lib/tenancy/state-key.ts';
import { describeStateStore } from '#tests/contracts/state-store.ts';
import { calm } from '#tests/support/scope.ts';

const directory = mkdtempSync(join(tmpdir(), 'genai-store-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

describeStateStore('sqlite', async () => {
  let offset = 0;
  const { store } = createSqliteState(join(directory, 'contract.db'), () => Date.now() + offset);
  return {
    store,
    async pass(milliseconds) {
      offset += milliseconds;
    },
  };
});

test('what was written is there after the store was closed and opened again, and seen by a second process', async () => {
  const file = join(directory, 'restart.db');
  const key = platformCollection('tenant').key('acme');
  const first = createSqliteState(file).store;
  await first.put(key, 'kept', {}, calm);
  const second = createSqliteState(file).store;
  expect(await second.get(key, calm)).toEqual({ value: 'kept', version: 1 });
  await Promise.all([first.close(), second.close()]);
  const third = createSqliteState(file).store;
  expect(await third.get(key, calm)).toEqual({ value: 'kept', version: 1 });
  await third.close();
});
