import { describe, expect, test } from 'vitest';
import { tenantCollection, type TenantRef } from '#lib/tenancy/state-key.ts';
import { calm } from '#tests/support/scope.ts';
import { createAccount } from './admission-store-claims.ts';
import { useState, type StateUnderTest } from './state-under-test.ts';

/** How every corpus store tells one state of a tenant's documents from another. Run by each adapter's own test. */
export function describeCorpusStore(name: string, open: () => Promise<StateUnderTest>): void {
  describe(`${name} as a corpus store`, () => {
    const under = useState(open);

    const read = (tenant: TenantRef) => under.state.corpus.read(tenant, calm);
    const begin = (tenant: TenantRef, id: string, ttl = 30_000) => under.state.corpus.beginWrite(tenant, id, ttl, calm);
    const end = (tenant: TenantRef, id: string) => under.state.corpus.endWrite(tenant, id, calm);

    test('a tenant that has written nothing is quiet, and stays as it is', async () => {
      const tenant = createAccount();
      expect(await read(tenant)).toMatchObject({ isQuiet: true });
      expect(await read(tenant)).toEqual(await read(tenant));
    });

    test('the version grows with the beginning and with the end of a write, and it is quiet only after it', async () => {
      const tenant = createAccount();
      const states = [await read(tenant)];
      await begin(tenant, 'a');
      states.push(await read(tenant));
      await begin(tenant, 'b');
      states.push(await read(tenant));
      await end(tenant, 'a');
      states.push(await read(tenant));
      await end(tenant, 'b');
      states.push(await read(tenant));
      expect(states.map(({ isQuiet }) => isQuiet)).toEqual([true, false, false, false, true]);
      const versions = states.map(({ version }) => version);
      expect(versions).toEqual(versions.toSorted((one, other) => one - other));
      expect(new Set(versions).size).toBe(5);
    });

    test('every write of many at once changes the version twice', async () => {
      const tenant = createAccount();
      await begin(tenant, 'first');
      const { version } = await read(tenant);
      await Promise.all(
        Array.from({ length: 50 }, async (_, index) => {
          await begin(tenant, String(index));
          await end(tenant, String(index));
        }),
      );
      expect((await read(tenant)).version).toBeGreaterThanOrEqual(version + 100);
    });

    test('a write that never ends does so by itself after its time, which changes the version', async () => {
      const tenant = createAccount();
      await begin(tenant, 'gone', 300);
      const during = await read(tenant);
      expect(during.isQuiet).toBe(false);
      await under.pass(310);
      const after = await read(tenant);
      expect(after.isQuiet).toBe(true);
      expect(after.version).toBeGreaterThan(during.version);
      await end(tenant, 'gone');
      expect((await read(tenant)).version, 'it was still writing').toBeGreaterThan(after.version);
    });

    test('tenants have nothing to do with each other', async () => {
      const [tenant, neighbour] = [createAccount('acme'), createAccount('acme-corp')];
      const before = await read(neighbour);
      await begin(tenant, 'a');
      expect(await read(neighbour)).toEqual(before);
    });

    test('a tenant that is cleared leaves nothing, and no version comes back', async () => {
      const tenant = createAccount();
      await begin(tenant, 'a');
      await end(tenant, 'a');
      await begin(tenant, 'b');
      const { version } = await read(tenant);
      const { store } = under.state;
      await store.put(tenantCollection(tenant, 'thing').key('a'), 'x', {}, calm);
      expect(await store.clearTenant(tenant, calm)).toBe(1);
      expect(await read(tenant)).toEqual({ version: 0, isQuiet: true });
      await under.pass(50);
      await begin(tenant, 'c');
      expect((await read(tenant)).version).toBeGreaterThan(version);
    });

    test('an aborted signal ends a call before it writes', async () => {
      const tenant = createAccount();
      const aborted = AbortSignal.abort();
      await expect(under.state.corpus.beginWrite(tenant, 'a', 1_000, aborted)).rejects.toMatchObject({
        name: 'AbortError',
      });
      await expect(under.state.corpus.read(tenant, aborted)).rejects.toMatchObject({ name: 'AbortError' });
      expect(await read(tenant)).toMatchObject({ isQuiet: true });
    });
  });
}
