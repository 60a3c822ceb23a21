import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { StateStore } from '#lib/state/store.ts';
import { tenantCollection } from '#lib/tenancy/state-key.ts';
import { calm } from '#tests/support/scope.ts';

interface StoreUnderTest {
  store: StateStore;
  /** Moves the store's clock on, or waits where it can't be moved. */
  pass(milliseconds: number): Promise<void>;
}

let names = 0;
/** A collection that no other test of this run or an earlier one uses. */
const fresh = (tenantId = 'acme') =>
  tenantCollection({ tenantId, incarnation: `${Date.now()}-${(names += 1)}` }, 'thing');

/** What every state store must do. Run by each adapter's own test. */
export function describeStateStore(name: string, open: () => Promise<StoreUnderTest>): void {
  describe(`${name} as a state store`, () => {
    let under: StoreUnderTest;
    beforeAll(async () => {
      under = await open();
    });
    afterAll(() => under.store.close());

    test('a record that was put is found, with its version', async () => {
      const key = fresh().key('a');
      expect(await under.store.get(key, calm)).toBeUndefined();
      expect(await under.store.put(key, 'one', {}, calm)).toBe(true);
      expect(await under.store.get(key, calm)).toEqual({ value: 'one', version: 1 });
      await under.store.put(key, 'two', {}, calm);
      expect(await under.store.get(key, calm)).toEqual({ value: 'two', version: 2 });
    });

    test('a conditional put writes only at its version', async () => {
      const key = fresh().key('a');
      expect(await under.store.put(key, 'x', { ifVersion: 1 }, calm)).toBe(false);
      expect(await under.store.get(key, calm)).toBeUndefined();
      expect(await under.store.put(key, 'one', { ifVersion: 0 }, calm)).toBe(true);
      expect(await under.store.put(key, 'again', { ifVersion: 0 }, calm)).toBe(false);
      expect(await under.store.put(key, 'two', { ifVersion: 1 }, calm)).toBe(true);
      expect(await under.store.get(key, calm)).toEqual({ value: 'two', version: 2 });
    });

    test('of many conditional puts at once one wins', async () => {
      const key = fresh().key('race');
      const tries = Array.from({ length: 20 }, (_, index) =>
        under.store.put(key, String(index), { ifVersion: 0 }, calm),
      );
      expect((await Promise.all(tries)).filter(Boolean)).toHaveLength(1);
    });

    test('a record with a lifetime is gone after it, and begins anew', async () => {
      const key = fresh().key('short');
      await under.store.put(key, 'one', { ttlSeconds: 1 }, calm);
      expect(await under.store.get(key, calm)).toMatchObject({ value: 'one' });
      await under.pass(1_100);
      expect(await under.store.get(key, calm)).toBeUndefined();
      expect(await under.store.delete(key, calm)).toBe(false);
      expect(await under.store.put(key, 'two', { ifVersion: 0 }, calm)).toBe(true);
      expect(await under.store.get(key, calm)).toEqual({ value: 'two', version: 1 });
    });

    test('a put without a lifetime ends an earlier one', async () => {
      const key = fresh().key('kept');
      await under.store.put(key, 'one', { ttlSeconds: 1 }, calm);
      await under.store.put(key, 'two', {}, calm);
      await under.pass(1_100);
      expect(await under.store.get(key, calm)).toMatchObject({ value: 'two' });
    });

    test('delete tells whether there was a record', async () => {
      const key = fresh().key('a');
      await under.store.put(key, 'one', {}, calm);
      expect(await under.store.delete(key, calm)).toBe(true);
      expect(await under.store.delete(key, calm)).toBe(false);
      expect(await under.store.get(key, calm)).toBeUndefined();
    });

    test('a list is in order, in pages, and of its own collection alone', async () => {
      const collection = fresh();
      const neighbour = fresh();
      const ids = ['b', 'a', 'c', 'a:b', 'ä'];
      for (const id of ids) await under.store.put(collection.key(id), `value of ${id}`, {}, calm);
      await under.store.put(neighbour.key('x'), 'foreign', {}, calm);
      const all = await under.store.list(collection, { limit: 10 }, calm);
      expect(all.map(({ id }) => id).toSorted()).toEqual(ids.toSorted());
      expect(all.find(({ id }) => id === 'ä')).toEqual({ id: 'ä', value: 'value of ä', version: 1 });
      const first = await under.store.list(collection, { limit: 2 }, calm);
      const second = await under.store.list(collection, { limit: 10, after: first[1]?.id ?? '' }, calm);
      expect([...first, ...second]).toEqual(all);
    });

    test("clear removes a collection, and no other's records", async () => {
      const collection = fresh('acme');
      const neighbour = fresh('acme-corp');
      for (const id of ['a', 'b', 'c']) await under.store.put(collection.key(id), id, {}, calm);
      await under.store.put(neighbour.key('a'), 'stays', {}, calm);
      expect(await under.store.clear(collection, calm)).toBe(3);
      expect(await under.store.list(collection, { limit: 10 }, calm)).toEqual([]);
      expect(await under.store.get(neighbour.key('a'), calm)).toMatchObject({ value: 'stays' });
    });

    test("clearTenant removes all of an incarnation's collections, and nothing of its neighbours", async () => {
      const tenantId = `acme-${Date.now()}-${(names += 1)}`;
      const tenant = { tenantId, incarnation: 'first' };
      const others = [
        { tenantId, incarnation: 'first2' },
        { tenantId: `${tenantId}-corp`, incarnation: 'first' },
      ];
      for (const each of [tenant, ...others]) {
        for (const collection of ['thing', 'other']) {
          await under.store.put(tenantCollection(each, collection).key('a'), 'x', {}, calm);
          await under.store.put(tenantCollection(each, collection).key('b'), 'x', { ttlSeconds: 60 }, calm);
        }
      }
      expect(await under.store.clearTenant(tenant, calm)).toBe(4);
      expect(await under.store.clearTenant(tenant, calm)).toBe(0);
      expect(await under.store.get(tenantCollection(tenant, 'thing').key('a'), calm)).toBeUndefined();
      for (const each of others) {
        expect(await under.store.list(tenantCollection(each, 'other'), { limit: 10 }, calm)).toHaveLength(2);
      }
    });

    test('values keep every character', async () => {
      const key = fresh().key('text');
      const value = `line\nquote " \u0000 emoji 😀 ${'x'.repeat(100_000)}`;
      await under.store.put(key, value, {}, calm);
      expect((await under.store.get(key, calm))?.value).toBe(value);
    });

    test('an aborted signal ends a call before it writes', async () => {
      const key = fresh().key('never');
      await expect(under.store.put(key, 'x', {}, AbortSignal.abort())).rejects.toMatchObject({ name: 'AbortError' });
      expect(await under.store.get(key, calm)).toBeUndefined();
    });
  });
}
