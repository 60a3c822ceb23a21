import { randomBytes } from 'node:crypto';
import { expect, onTestFinished, test } from 'vitest';
import { createSqliteState } from '#lib/state/create-sqlite-state.ts';
import type { StateStore } from '#lib/state/store.ts';
import { parseTenantId } from '#lib/tenancy/tenant-id.ts';
import { createTenantRegistry } from '#lib/tenancy/tenant-registry.ts';
import { calm } from '#tests/support/scope.ts';

const id = parseTenantId('acme') ?? expect.fail('acme is a tenant id');
const settings = { name: 'Acme', limits: {} };

/** Two processes' registries on one store, with a clock that stands. */
function createRegistries(change: Partial<StateStore> = {}) {
  let time = 1_000_000;
  const now = () => time;
  const { store } = createSqliteState(':memory:', now);
  onTestFinished(() => store.close());
  const create = () => createTenantRegistry({ store: { ...store, ...change }, now, randomBytes });
  return { one: create(), other: create(), pass: (milliseconds: number) => void (time += milliseconds) };
}

test('of two processes that create a tenant at once, one does', async () => {
  const { one, other } = createRegistries();
  const results = await Promise.allSettled([one.create(id, settings, calm), other.create(id, settings, calm)]);
  expect(results.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
  expect(results.find(({ status }) => status === 'rejected')).toMatchObject({ reason: { code: 'conflict' } });
});

test("another process's change is seen after half a second, one's own at once", async () => {
  const { one, other, pass } = createRegistries();
  await one.create(id, settings, calm);
  expect(await one.find(id, calm)).toMatchObject({ status: 'active' });
  await other.update(id, (record) => ({ ...record, status: 'suspended' }), calm);
  expect(await other.find(id, calm)).toMatchObject({ status: 'suspended' });
  pass(499);
  expect(await one.find(id, calm)).toMatchObject({ status: 'active' });
  pass(1);
  expect(await one.find(id, calm)).toMatchObject({ status: 'suspended' });
});

test('a tenant that was not there a moment ago is found as soon as it is', async () => {
  const { one, other } = createRegistries();
  expect(await one.find(id, calm)).toBeUndefined();
  await other.create(id, settings, calm);
  expect(await one.find(id, calm)).toMatchObject({ status: 'active' });
});

test('a record that has not changed is not parsed again', async () => {
  const { one, pass } = createRegistries();
  await one.create(id, settings, calm);
  const first = await one.find(id, calm);
  pass(10_000);
  expect(await one.find(id, calm)).toBe(first);
});

test('a change that others always forestall is given up after eight attempts', async () => {
  let attempts = 0;
  let isContended = false;
  const { one } = createRegistries();
  await one.create(id, settings, calm);
  const record = await one.find(id, calm);
  const store = {
    get: async () => ({ value: JSON.stringify(record), version: 1 }),
    put: async () => {
      attempts += 1;
      return isContended;
    },
  };
  const { other } = createRegistries(store);
  await expect(other.update(id, (current) => current, calm)).rejects.toMatchObject({ code: 'conflict' });
  expect(attempts).toBe(8);
  isContended = true;
  await expect(other.update(id, (current) => ({ ...current, name: 'New' }), calm)).resolves.toMatchObject({
    name: 'New',
  });
});
