import { expect, onTestFinished, test } from 'vitest';
import { countCacheEntries } from '#lib/cache/cache-entries.ts';
import { createSqliteState } from '#lib/state/create-sqlite-state.ts';
import { calm, createScope } from '#tests/support/scope.ts';

test("the entries of a tenant's caches are counted, however many, and no other record is", async () => {
  const { store, close } = createSqliteState(':memory:');
  onTestFinished(close);
  const scope = createScope('acme');
  const put =
    (collection: string, of = scope) =>
    async (_: unknown, id: number) =>
      store.put(of.collection(collection).key(String(id)), '{}', { ttlSeconds: 60 }, calm);
  await Promise.all(Array.from({ length: 45 }, put('answer')));
  await Promise.all(Array.from({ length: 3 }, put('answer_similar')));
  await Promise.all(Array.from({ length: 3 }, put('other')));
  await Promise.all(Array.from({ length: 3 }, put('answer', createScope('acme', { incarnation: 'second' }))));
  expect(await countCacheEntries(store, scope, calm)).toBe(48);
});
