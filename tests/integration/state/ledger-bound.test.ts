import { afterAll, expect, test } from 'vitest';
import type { TenantRef } from '#lib/tenancy/state-key.ts';
import { createAccount, createEntry, day, dayAt, hard } from '#tests/contracts/admission-store-claims.ts';
import { createSettler } from '#tests/contracts/admission-store-settler.ts';
import { startRedisServer } from '#tests/support/redis-server.ts';
import { calm } from '#tests/support/scope.ts';
import { openState, passTime } from './open-store.ts';

const redis = await startRedisServer({ endWith: afterAll });
const state = await openState({
  STATE_STORE: 'redis',
  REDIS_URL: redis.url,
  STATE_TIMEOUT_MILLISECONDS: '5000',
  LEDGER_MAX_ENTRIES: '3',
});
afterAll(() => state.close());

const { settle, sweep, left, ledger, admitted, expired } = createSettler({
  state,
  now: Date.now,
  pass: passTime,
});
const always = { from: '0001-01-01', to: '9999-12-31' };

async function totalOf(account: TenantRef) {
  const rows = await state.usage.daily(account, always, calm);
  const sum = (field: 'requests' | 'nanodollars') => rows.reduce((total, row) => total + row[field], 0);
  return { requests: sum('requests'), nanodollars: sum('nanodollars') };
}

const partDays = (account: TenantRef) => state.usage.partDays(account, always, calm);

test('beyond the most entries of an account its calls are paid for and added up, and kept no more', async () => {
  const account = createAccount();
  for (let time = 0; time < 3; time += 1) await settle(account, await admitted(account), 10);
  expect(await partDays(account)).toEqual([]);
  const fourth = await admitted(account);
  await settle(account, fourth, 10);
  await settle(account, await admitted(account), 10);
  expect(await ledger(account)).toHaveLength(3);
  expect(await totalOf(account)).toEqual({ requests: 5, nanodollars: 50 });
  expect(await left(account)).toBe(950);
  expect(await partDays(account)).toEqual([dayAt(Date.now())]);

  await settle(account, fourth, 10);
  expect(await totalOf(account), 'the same call once more').toEqual({ requests: 5, nanodollars: 50 });
  expect(await left(account)).toBe(950);
});

test('what a lost call leaves is kept, and taken back when it is settled after all', async () => {
  const account = createAccount();
  for (let time = 0; time < 3; time += 1) await settle(account, await admitted(account), 10);
  const lost = await expired(account, { nanodollars: 100 });
  expect(await sweep(account)).toBe(1);
  expect(await ledger(account)).toContainEqual([lost.callId, 100]);
  expect(await left(account)).toBe(870);
  await settle(account, lost, 7);
  expect(await totalOf(account)).toEqual({ requests: 4, nanodollars: 37 });
  expect(await left(account)).toBe(963);
});

test('days that are no longer kept make room', async () => {
  const account = createAccount();
  const on = async (ago: number) => {
    const claim = await admitted(account, { budgets: [hard(1_000)] });
    const at = new Date(Date.now() - ago * day).toISOString();
    await settle(account, claim, 0, { entries: [createEntry(`${claim.callId}.0`, { at, nanodollars: 10 })] });
  };
  // Older than any is kept: each is gone with its day.
  for (let time = 0; time < 4; time += 1) await on(91);
  expect(await ledger(account)).toHaveLength(0);
  for (let time = 0; time < 5; time += 1) await on(0);
  expect(await ledger(account)).toHaveLength(3);
  expect(await totalOf(account)).toEqual({ requests: 9, nanodollars: 90 });
});

test('an account that is forgotten begins at nothing', async () => {
  const account = createAccount();
  for (let time = 0; time < 5; time += 1) await settle(account, await admitted(account), 10);
  await state.admission.forget(account, calm);
  expect(await partDays(account)).toEqual([]);
  for (let time = 0; time < 3; time += 1) await settle(account, await admitted(account), 10);
  expect(await ledger(account)).toHaveLength(3);
  expect(await partDays(account)).toEqual([]);
});

test('another account has room of its own', async () => {
  const [full, other] = [createAccount(), createAccount('beta')];
  for (let time = 0; time < 5; time += 1) await settle(full, await admitted(full), 10);
  for (let time = 0; time < 3; time += 1) await settle(other, await admitted(other), 10);
  expect(await ledger(other)).toHaveLength(3);
});
