import { randomUUID } from 'node:crypto';
import { afterAll, expect, test } from 'vitest';
import { parseTenantId } from '#lib/tenancy/tenant-id.ts';
import { accountOf } from '#lib/tenancy/tenant.ts';
import { createKey, createPlatformAdmin } from '#tests/functions/tenants/admin.ts';
import { createTestPlatform, createToken, type TestPlatform } from '#tests/support/platform.ts';
import { startProcess, temporaryDirectory } from '#tests/support/process.ts';
import { startRedisServer } from '#tests/support/redis-server.ts';
import { calm } from '#tests/support/scope.ts';
import { startUpstashBridge } from '#tests/support/upstash-bridge.ts';
import { openRedisBooks, openSqliteBooks, type Books } from './books.ts';
import { startFleet } from './fleet.ts';
import { awaitNoLease, expectBalance, watchBudgets } from './overspend-world.ts';
import { startProvider, toCatalogue } from './provider.ts';
import { startStorm, type Storm } from './storm.ts';
import { createToReply } from './storm-plan.ts';

const entry = 'functions/chat/main.ts';
const perProcess = 200;
/** What a call comes to on the average, in nano-dollars. */
const usual = 25_000;
/** A third of what the clients want. */
const budgetFor = (processes: number): number => Math.round((processes * perProcess * usual) / 3);

const redis = await startRedisServer({ endWith: afterAll });
// On a machine of its own a pod is not kept from reading what the store has answered.
const patience = { STATE_TIMEOUT_MILLISECONDS: '1000' };
const redisEnv = { ...patience, STATE_STORE: 'redis', REDIS_URL: redis.url };

async function createTenant(platform: TestPlatform, nanodollars: number) {
  const id = `t${randomUUID()}`;
  const budget = { dollars: nanodollars / 1e9, period: 'total' };
  const token = await createPlatformAdmin();
  const created = await platform.call('POST /v1/tenants', { token, json: { id, name: id, budget } });
  expect(created.status).toBe(201);
  const tenantId = parseTenantId(id) ?? expect.fail();
  const record = (await platform.foundation.tenants.find(tenantId, calm)) ?? expect.fail();
  return { id, account: accountOf(record), token: await createToken({ tenant_id: id }) };
}

/** A process dies with each of these parts of the answers that the budget has room for. */
async function killSome(storm: Storm, expected: number, kill: (index: number) => Promise<void>, victims: number) {
  for (let victim = 0; victim < victims; victim += 1) {
    await storm.answers(((victim + 1) * expected) / (2 * victims + 2));
    await kill(victim);
  }
}

interface Kept {
  books: Books;
  watched: ReturnType<typeof watchBudgets>;
  calls: Parameters<typeof expectBalance>[1];
  limit: number;
}

/** The tenant's budget was never exceeded, most of it is used, and the books are those of the bill. */
async function expectKept({ books, watched, calls, limit }: Kept) {
  await awaitNoLease(books);
  await watched.stop();
  const balance = await expectBalance(books, calls, { 'tenant/total': limit });
  expect(watched.most.get('tenant/total')).toBeLessThanOrEqual(limit);
  expect(balance.spent).toBeGreaterThan(0.7 * limit);
  return balance;
}

test('twenty processes, four of which are killed, spend no more than the budgets of the tenant and of its key', async () => {
  const platform = await createTestPlatform(redisEnv);
  const upstream = await startProvider(createToReply());
  const fleet = await startFleet(20, { ...redisEnv, LLM_CATALOG: toCatalogue(upstream) }, entry);

  const limit = budgetFor(20);
  const acme = await createTenant(platform, limit);
  const books = openRedisBooks(redis, acme.account);
  const watched = watchBudgets(books);
  const storm = startStorm({ name: randomUUID(), clients: 20 * perProcess, urls: fleet.urls, token: acme.token });
  await killSome(storm, limit / usual, fleet.kill, 4);
  await storm.done;
  expect((await expectKept({ books, watched, calls: upstream.calls, limit })).lost).toBeGreaterThan(0);

  upstream.calls.splice(0);
  const small = budgetFor(4);
  const rich = await createTenant(platform, 10 * small);
  const { id, key } = await createKey(platform, { budget: { dollars: small / 1e9, period: 'month' } }, rich.id);
  const ofKey = openRedisBooks(redis, rich.account);
  const second = startStorm({ name: randomUUID(), clients: 4 * perProcess, urls: fleet.urls.slice(4), token: key });
  await killSome(second, small / usual, (index) => fleet.kill(4 + index), 1);
  await second.done;
  await awaitNoLease(ofKey);
  const balance = await expectBalance(ofKey, upstream.calls, { [`key:${id}/month`]: small });
  expect(balance.spent).toBeGreaterThan(0.7 * small);
}, 200_000);

test('over Upstash as well', async () => {
  const platform = await createTestPlatform(redisEnv);
  const bridge = await startUpstashBridge({ redis });
  const upstream = await startProvider(createToReply());
  const env = {
    ...patience,
    STATE_STORE: 'upstash',
    UPSTASH_REDIS_REST_URL: bridge.url,
    UPSTASH_REDIS_REST_TOKEN: bridge.token,
  };
  const fleet = await startFleet(20, { ...env, LLM_CATALOG: toCatalogue(upstream) }, entry);
  const limit = budgetFor(20);
  const acme = await createTenant(platform, limit);
  const books = openRedisBooks(redis, acme.account);
  const watched = watchBudgets(books);
  const storm = startStorm({ name: randomUUID(), clients: 20 * perProcess, urls: fleet.urls, token: acme.token });
  await killSome(storm, limit / usual, fleet.kill, 4);
  await storm.done;
  await expectKept({ books, watched, calls: upstream.calls, limit });
}, 200_000);

test('with the embedded store as well, whose process is killed and started again', async () => {
  const directory = temporaryDirectory();
  const platform = await createTestPlatform({ DATA_DIR: directory });
  const limit = budgetFor(6);
  const acme = await createTenant(platform, limit);
  const upstream = await startProvider(createToReply());
  const start = () => startProcess(directory, { LLM_CATALOG: toCatalogue(upstream) }, entry);
  let running = await start();
  const books = openSqliteBooks(directory, acme.account);
  const watched = watchBudgets(books);
  const first = startStorm({ name: 'first', clients: 60, urls: [running.url], token: acme.token });
  await first.answers(5);
  running.child.kill('SIGKILL');
  await running.exit;
  running = await start();
  await first.done;
  const second = startStorm({ name: 'second', clients: 3 * perProcess, urls: [running.url], token: acme.token });
  await second.done;
  await expectKept({ books, watched, calls: upstream.calls, limit });
}, 120_000);
