import { readFileSync } from 'node:fs';
import { afterAll, expect, test } from 'vitest';
import { tenantPrefix, type TenantRef } from '#lib/tenancy/state-key.ts';
import type { State } from '#lib/state/state.ts';
import {
  createAccount,
  createClaim,
  createEntry,
  day,
  hard,
  readLedger,
  settlementOf,
  wordOf,
} from '#tests/contracts/admission-store-claims.ts';
import { startRedisCluster } from '#tests/support/redis-cluster.ts';
import { startRedisServer } from '#tests/support/redis-server.ts';
import { calm } from '#tests/support/scope.ts';
import { openState, passTime } from './open-store.ts';

const redis = await startRedisServer({ endWith: afterAll });
const cluster = await startRedisCluster({ endWith: afterAll });
const states = {
  redis: await openState({ STATE_STORE: 'redis', REDIS_URL: redis.url }),
  cluster: await openState({ STATE_STORE: 'redis', REDIS_URL: cluster.url }),
};
const nodes = { redis: [redis], cluster: cluster.nodes };
afterAll(() => Promise.all(Object.values(states).map((state) => state.close())));

const limits = { requestsPerMinute: 100, tokensPerMinute: 1_000, concurrentRequests: 10 };

/** Every kind of call, with something for each key to hold. */
async function useAll({ admission, usage, corpus }: State, account: TenantRef): Promise<void> {
  const at = (ago: number): string => new Date(Date.now() - ago * day).toISOString();
  const claim = (ttlMilliseconds: number, ago = 0) =>
    createClaim({ limits, budgets: [hard(10_000)], tokens: 5, ttlMilliseconds, at: at(ago) });
  const [pending, settled, lost, late, old] = [claim(60_000), claim(60_000), claim(20), claim(20, 1), claim(60_000)];
  for (const each of [pending, settled, lost, late, old]) await admission.admit(account, each, calm);
  await admission.renew(account, [pending.leaseId], 60_000, calm);
  await admission.settle(account, settlementOf(settled, 10), calm);
  await passTime(40);
  await admission.sweep(account, calm);
  await admission.settle(account, settlementOf(late, 10), calm);
  const ancient = [createEntry(`${old.callId}.0`, { at: at(1_000) })];
  await admission.settle(account, settlementOf(old, 0, { entries: ancient }), calm);
  expect(await readLedger({ usage }, account)).toHaveLength(3);
  await corpus.beginWrite(account, 'a', 60_000, calm);
  await corpus.endWrite(account, 'a', calm);
  await corpus.beginWrite(account, 'b', 60_000, calm);
  expect(await corpus.read(account, calm)).toMatchObject({ isQuiet: false });
}

const keysOf = async (name: keyof typeof nodes, account: TenantRef): Promise<string[]> => {
  const keys = await Promise.all(nodes[name].map((node) => node.keys()));
  return keys.flat().filter((key) => key.startsWith(tenantPrefix(account)));
};

test('the rights that production gives its functions, on one account’s keys, are enough for its calls', async () => {
  const script = readFileSync(new URL('../../../knative/data/redis-users.sh', import.meta.url), 'utf8');
  const rights = /^user genai on #\S+ resetchannels ~genai:\* (.*)$/m.exec(script)?.[1]?.split(' ') ?? [];
  expect(rights).toContain('-@all');
  const account = createAccount();
  const keys = `~${tenantPrefix(account)}*`;
  await redis.command('ACL', 'SETUSER', 'functions', 'on', '>secret', 'resetchannels', keys, ...rights);
  const limited = await openState({
    STATE_STORE: 'redis',
    REDIS_URL: `redis://functions:secret@${redis.host}:${redis.port}`,
  });
  await useAll(limited, account);
  await limited.admission.forget(account, calm);
  await limited.store.clearTenant(account, calm);
  const foreign = createAccount();
  await expect(limited.admission.admit(foreign, createClaim({ limits }), calm)).rejects.toMatchObject({
    code: 'state_unavailable',
  });
  await limited.close();
});

test.each(['redis', 'cluster'] as const)(
  '%s: an account’s keys lie in one slot, have no lifetime, and are gone once it is forgotten',
  async (name) => {
    const [account, neighbour] = [createAccount(), createAccount()];
    for (const each of [account, neighbour]) await useAll(states[name], each);
    const keys = await keysOf(name, account);
    expect(keys.length).toBeGreaterThan(10);
    for (const key of keys) {
      const lives = await Promise.all(nodes[name].map((node) => node.command('PTTL', key).catch(() => -2)));
      expect(new Set(lives.filter((life) => life !== -2)), key).toEqual(new Set([-1]));
    }
    if (name === 'cluster') {
      const slots = await Promise.all(keys.map((key) => cluster.nodes[0]?.command('CLUSTER', 'KEYSLOT', key)));
      expect(new Set(slots).size).toBe(1);
    }
    await states[name].admission.forget(account, calm);
    expect((await keysOf(name, account)).filter((key) => !key.includes('#corpus'))).toEqual([]);
    await states[name].store.clearTenant(account, calm);
    expect(await keysOf(name, account)).toEqual([]);
    expect(await readLedger(states[name], neighbour)).toHaveLength(3);
  },
);

test('a server without room lets nobody in, and still writes down what those cost that are', async () => {
  const small = await startRedisServer({ config: { 'maxmemory-policy': 'volatile-lru' } });
  const state = await openState({ STATE_STORE: 'redis', REDIS_URL: small.url });
  const account = createAccount();
  const claim = createClaim({ limits, budgets: [hard(1_000)] });
  await state.admission.admit(account, claim, calm);
  await small.command('CONFIG', 'SET', 'maxmemory', '1');
  await expect(state.admission.admit(account, createClaim({ limits }), calm)).rejects.toMatchObject({
    code: 'storage_full',
  });
  await state.admission.settle(account, settlementOf(claim, 40), calm);
  expect(await readLedger(state, account)).toMatchObject([{ nanodollars: 40 }]);
  await state.close();
});

test('a server that is killed and reads its append-only file again has forgotten nothing that was answered', async () => {
  const durable = await startRedisServer({ config: { appendonly: 'yes', appendfsync: 'always' } });
  const open = () => openState({ STATE_STORE: 'redis', REDIS_URL: durable.url });
  const account = createAccount();
  const claim = () => createClaim({ limits: { requestsPerMinute: 4, concurrentRequests: 3 }, budgets: [hard(300)] });
  const before = await open();
  const [settled, ...pending] = [claim(), claim(), claim()];
  if (!settled) return;
  for (const each of [settled, ...pending]) await before.admission.admit(account, each, calm);
  await before.admission.settle(account, settlementOf(settled, 60), calm);
  await before.corpus.beginWrite(account, 'a', 60_000, calm);
  const corpus = await before.corpus.read(account, calm);
  await before.close();
  await durable.kill();
  await durable.restart();

  const after = await open();
  expect(await readLedger(after, account)).toHaveLength(1);
  expect(wordOf(await after.admission.admit(account, claim(), calm))).toBe('budget');
  expect(await after.corpus.read(account, calm)).toEqual(corpus);
  for (const each of pending) await after.admission.settle(account, settlementOf(each, 0), calm);
  expect(wordOf(await after.admission.admit(account, claim(), calm))).toBe('admitted');
  expect(wordOf(await after.admission.admit(account, claim(), calm))).toBe('requests');
  await after.close();
});
