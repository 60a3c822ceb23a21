import { describe, expect, test } from 'vitest';
import type { TenantRef } from '#lib/tenancy/state-key.ts';
import type { LedgerEntry } from '#lib/usage/ledger-entry.ts';
import { calm } from '#tests/support/scope.ts';
import { createAccount, createClaim, createEntry, day, dayAt, settlementOf } from './admission-store-claims.ts';
import { useState, type StateUnderTest } from './state-under-test.ts';

/** What every usage store tells of what was settled. Run by each adapter's own test. */
export function describeUsageStore(name: string, open: () => Promise<StateUnderTest>): void {
  describe(`${name} as a usage store`, () => {
    const under = useState(open);

    /** Settles a call of these entries. */
    async function write(account: TenantRef, entries: Partial<LedgerEntry>[]): Promise<LedgerEntry[]> {
      const claim = createClaim();
      const written = entries.map((changes, n) => createEntry(`${claim.callId}.${n}`, changes));
      await under.state.admission.settle(account, settlementOf(claim, 0, { entries: written }), calm);
      return written;
    }

    const read = (account: TenantRef, on: string) => Array.fromAsync(under.state.usage.entries(account, on, calm));
    const timeAgo = (days: number): string => new Date(under.now() - days * day).toISOString();
    const daily = (account: TenantRef, from: string, to: string) =>
      under.state.usage.daily(account, { from, to }, calm);

    test('entries are added up by day, model, user, key and function', async () => {
      const account = createAccount();
      const at = timeAgo(0);
      const on = at.slice(0, 10);
      const same = { at, user_id: 'ann', key_id: 'key-1', model: 'large' };
      await write(account, [same, { ...same, estimated: true, nanodollars: 7 }]);
      await write(account, [same]);
      await write(account, [
        { ...same, key_id: undefined },
        { ...same, user_id: 'bob' },
        { ...same, function: 'chat' },
      ]);
      const rows = await daily(account, on, on);
      expect(rows).toHaveLength(4);
      expect(rows).toContainEqual({
        day: on,
        model: 'large',
        user_id: 'ann',
        key_id: 'key-1',
        function: 'query',
        requests: 3,
        input_tokens: 30,
        cached_input_tokens: 12,
        output_tokens: 15,
        nanodollars: 207,
        estimated_nanodollars: 7,
      });
      expect(rows).toContainEqual(expect.objectContaining({ user_id: 'ann', key_id: undefined, requests: 1 }));
    });

    test('names keep every character, and none of them runs into another', async () => {
      const account = createAccount();
      const at = timeAgo(0);
      const names = ['a b', 'a"b', 'a\nb', 'ä😀', 'a,b', 'a\\b', '["a","b"]', '\u0000', 'null'];
      for (const user_id of names) await write(account, [{ at, user_id, model: `model of ${user_id}` }]);
      const rows = await daily(account, at.slice(0, 10), at.slice(0, 10));
      expect(rows.map(({ user_id }) => user_id).toSorted()).toEqual(names.toSorted());
      for (const { user_id, model } of rows) expect(model).toBe(`model of ${user_id}`);
      expect((await read(account, at.slice(0, 10))).map(({ user_id }) => user_id).toSorted()).toEqual(names.toSorted());
    });

    test('days are read from one to the other, both included', async () => {
      const account = createAccount();
      for (let ago = 0; ago < 40; ago += 1) await write(account, [{ at: timeAgo(ago), nanodollars: ago + 1 }]);
      const all = await daily(account, dayAt(under.now() - 39 * day), dayAt(under.now()));
      expect(all.map((row) => row.day).toSorted()).toEqual(
        Array.from({ length: 40 }, (_, ago) => timeAgo(ago).slice(0, 10)).toSorted(),
      );
      const some = await daily(account, dayAt(under.now() - 3 * day), dayAt(under.now() - 2 * day));
      expect(some.map(({ nanodollars }) => nanodollars).toSorted()).toEqual([3, 4]);
      expect(await daily(createAccount(), '2000-01-01', '2100-01-01')).toEqual([]);
    });

    test('the entries of a day are read in portions, each once', async () => {
      const account = createAccount();
      const at = timeAgo(0);
      const written: LedgerEntry[] = [];
      for (let call = 0; call < 9; call += 1) {
        written.push(
          ...(await write(
            account,
            Array.from({ length: 50 }, () => ({ at })),
          )),
        );
      }
      await write(account, [{ at: timeAgo(1) }]);
      const found = await read(account, at.slice(0, 10));
      expect(found.map(({ id }) => id).toSorted()).toEqual(written.map(({ id }) => id).toSorted());
      expect(await read(account, dayAt(under.now() - 2 * day))).toEqual([]);
    });

    test('beyond 5,000 rows a day what users do is counted as one user’s, and what was lost is taken out of it', async () => {
      const account = createAccount();
      const at = timeAgo(0);
      const on = at.slice(0, 10);
      for (let start = 0; start < 5_000; start += 1_000) {
        await write(
          account,
          Array.from({ length: 1_000 }, (_, index) => ({ at, user_id: `user-${start + index}`, nanodollars: 1 })),
        );
      }
      await write(account, [
        { at, user_id: 'late', nanodollars: 3 },
        { at, user_id: 'user-7', nanodollars: 3 },
      ]);
      const claim = createClaim({ at, ttlMilliseconds: 50, nanodollars: 100 });
      await under.state.admission.admit(account, { ...claim, lost: { ...claim.lost, user_id: 'later' } }, calm);
      await under.pass(60);
      await under.state.admission.sweep(account, calm);
      const rows = async () => (await daily(account, on, on)).filter(({ nanodollars }) => nanodollars > 1);
      expect(await rows()).toEqual([
        expect.objectContaining({ user_id: expect.stringMatching(/other|user-7/) }),
        expect.objectContaining({ user_id: expect.stringMatching(/other|user-7/) }),
      ]);
      expect((await rows()).find(({ user_id }) => user_id === 'other')).toMatchObject({
        requests: 2,
        nanodollars: 103,
      });
      await under.state.admission.settle(account, settlementOf(claim, 0), calm);
      expect((await rows()).find(({ user_id }) => user_id === 'other')).toMatchObject({ requests: 1, nanodollars: 3 });
      expect((await rows()).find(({ user_id }) => user_id === 'user-7')).toMatchObject({ requests: 2, nanodollars: 4 });
      expect(await daily(account, on, on)).toHaveLength(5_001);
    }, 60_000);

    test('entries go after 90 days, their sums after 800, when a day begins', async () => {
      const account = createAccount();
      const days = [801, 799, 91, 89];
      for (const ago of days) await write(account, [{ at: timeAgo(ago) }]);
      await write(account, [{ at: timeAgo(0) }]);
      const rows = await daily(account, '2000-01-01', '2100-01-01');
      expect(rows.map((row) => row.day).toSorted()).toEqual([799, 91, 89, 0].map((ago) => timeAgo(ago).slice(0, 10)));
      for (const ago of [801, 799, 91]) expect(await read(account, timeAgo(ago).slice(0, 10))).toEqual([]);
      for (const ago of [89, 0]) expect(await read(account, timeAgo(ago).slice(0, 10))).toHaveLength(1);
    });
  });
}
