import { afterAll, expect, test } from 'vitest';
import { platformCollection, tenantCollection, type TenantRef } from '#lib/tenancy/state-key.ts';
import { startRedisCluster } from '#tests/support/redis-cluster.ts';
import { startRedisServer } from '#tests/support/redis-server.ts';
import { calm } from '#tests/support/scope.ts';
import { startUpstashBridge } from '#tests/support/upstash-bridge.ts';
import { openStore, passTime } from './open-store.ts';

const redis = await startRedisServer({ endWith: afterAll });
const cluster = await startRedisCluster({ endWith: afterAll });
const bridge = await startUpstashBridge({ redis, endWith: afterAll });
const store = await openStore({ STATE_STORE: 'redis', REDIS_URL: redis.url });
const clusterStore = await openStore({
  STATE_STORE: 'redis',
  REDIS_URL: cluster.nodes[0]?.url ?? '',
  REDIS_CLUSTER: 'true',
});
const upstashStore = await openStore({
  STATE_STORE: 'upstash',
  UPSTASH_REDIS_REST_URL: bridge.url,
  UPSTASH_REDIS_REST_TOKEN: bridge.token,
});
const stores = { redis: store, cluster: clusterStore, upstash: upstashStore };
type StoreName = keyof typeof stores;
const names: StoreName[] = ['redis', 'cluster', 'upstash'];
afterAll(() => Promise.all(Object.values(stores).map((each) => each.close())));

const acme: TenantRef = { tenantId: 'acme', incarnation: 'first' };
let collections = 0;
const fresh = (tenant = acme) => tenantCollection(tenant, 'kind of', `n#${(collections += 1)}`);
const count = async (key: string): Promise<unknown> => redis.command('ZCARD', key);

/** Every kind of call, on records of one tenant. */
async function useAll(name: StoreName, tenant: TenantRef): Promise<void> {
  const used = stores[name];
  const collection = fresh(tenant);
  for (const id of ['a', 'b', 'c:d', 'e}{f', '😀']) await used.put(collection.key(id), id, {}, calm);
  await used.put(collection.key('short'), 'x', { ttlSeconds: 60, ifVersion: 0 }, calm);
  await used.get(collection.key('a'), calm);
  await used.list(collection, { limit: 3 }, calm);
  await used.delete(collection.key('b'), calm);
  await used.put(fresh(tenant).key('other'), 'x', {}, calm);
}

test('a user of the server that may touch one tenant’s keys alone is enough for its calls, and for no other’s', async () => {
  await redis.command('ACL', 'SETUSER', 'app', 'on', '>secret', '~genai:{acme.first}:*', '+@all');
  const limited = await openStore({
    STATE_STORE: 'redis',
    REDIS_URL: `redis://app:secret@${redis.host}:${redis.port}`,
  });
  const collection = fresh();
  await limited.put(collection.key('a'), 'x', { ttlSeconds: 60 }, calm);
  expect(await limited.list(collection, { limit: 10 }, calm)).toHaveLength(1);
  expect(await limited.clear(collection, calm)).toBe(1);
  await limited.put(collection.key('a'), 'x', {}, calm);
  expect(await limited.delete(collection.key('a'), calm)).toBe(true);
  const foreign = fresh({ tenantId: 'acme', incarnation: 'second' });
  await expect(limited.put(foreign.key('a'), 'x', {}, calm)).rejects.toMatchObject({ code: 'state_unavailable' });
  await limited.close();
});

test.each(names)(
  '%s: a tenant’s keys carry its tag, lie in one slot, and are gone once it is cleared',
  async (name) => {
    const servers = name === 'cluster' ? cluster.nodes : [redis];
    for (const server of servers) await server.command('FLUSHALL');
    const tenants = ['acme', 'acme-corp', 'beta', 'gamma', 'delta'].map((tenantId) => ({
      tenantId,
      incarnation: 'first',
    }));
    for (const tenant of tenants) await useAll(name, tenant);
    await stores[name].put(platformCollection('tenant').key('acme'), 'x', {}, calm);

    const keys = (await Promise.all(servers.map((server) => server.keys()))).flat();
    const tags = keys.map((key) => /^genai:\{([^{}]+)\}:/.exec(key)?.[1]);
    expect(new Set(tags)).toEqual(new Set([...tenants.map(({ tenantId }) => `${tenantId}.first`), '_platform']));
    if (name === 'cluster') {
      const slots = await Promise.all(keys.map((key) => cluster.nodes[0]?.command('CLUSTER', 'KEYSLOT', key)));
      const pairs = new Set(tags.map((tag, index) => `${tag} ${String(slots[index])}`));
      expect(pairs.size, 'one slot each').toBe(new Set(tags).size);
    }

    const removed = await Promise.all(tenants.map((tenant) => stores[name].clearTenant(tenant, calm)));
    expect(removed).toEqual(tenants.map(() => 6));
    const left = (await Promise.all(servers.map((server) => server.keys()))).flat();
    expect(left.every((key) => key.startsWith('genai:{_platform}:'))).toBe(true);
  },
);

test('expired records leave the index with the puts that follow', async () => {
  const collection = fresh();
  for (let id = 0; id < 150; id += 1) await store.put(collection.key(`old-${id}`), 'x', { ttlSeconds: 1 }, calm);
  expect(await count(`${collection.prefix}#ids`)).toBe(150);
  await passTime(1_100);
  await store.put(collection.key('new-1'), 'x', {}, calm);
  expect(await count(`${collection.prefix}#ids`)).toBe(51);
  await store.put(collection.key('new-2'), 'x', {}, calm);
  expect(await count(`${collection.prefix}#ids`)).toBe(2);
  expect(await count(`${collection.prefix}#expiry`)).toBe(0);
});

test('a list passes over records that expired or were evicted, and takes them out of the index', async () => {
  const collection = fresh();
  const ids = Array.from({ length: 260 }, (_, index) => `id-${String(index).padStart(3, '0')}`);
  await Promise.all(ids.map((id) => store.put(collection.key(id), id, { ttlSeconds: 60 }, calm)));
  const isEvicted = (id: string) => id < 'id-120' || id.endsWith('5');
  for (const id of ids.filter(isEvicted)) await redis.command('DEL', collection.key(id));
  const kept = ids.filter((id) => !isEvicted(id));

  const first = await store.list(collection, { limit: 20 }, calm);
  expect(first.map(({ id }) => id)).toEqual(kept.slice(0, 20));
  const rest = await store.list(collection, { limit: 1_000, after: first[19]?.id ?? '' }, calm);
  expect(rest.map(({ id }) => id)).toEqual(kept.slice(20));
  expect(await count(`${collection.prefix}#ids`)).toBe(kept.length);
  expect(await count(`${collection.prefix}#expiry`)).toBe(kept.length);
});

test('a collection whose records are all gone leaves nothing behind once it is listed', async () => {
  const tenant = { tenantId: 'acme', incarnation: 'empty' };
  const collection = fresh(tenant);
  await store.put(collection.key('a'), 'x', { ttlSeconds: 1 }, calm);
  await passTime(1_100);
  expect(await store.list(collection, { limit: 10 }, calm)).toEqual([]);
  expect((await redis.keys()).filter((key) => key.includes('acme.empty'))).toEqual([]);
  expect(await store.clearTenant(tenant, calm)).toBe(0);
});

test.each(names)('%s: ids come in the order of their code points', async (name) => {
  const collection = fresh();
  const ids = ['b', 'B', '~', 'ä', '\u{1f600}', '\uffee', 'a b', 'a:b', '#', '0', '10', '9', ''];
  for (const id of ids) await stores[name].put(collection.key(id), id, {}, calm);
  const order = ids.toSorted((one, other) => Buffer.compare(Buffer.from(one), Buffer.from(other)));
  const listed = await stores[name].list(collection, { limit: 100 }, calm);
  expect(listed.map(({ id }) => id)).toEqual(order);
});

test('a clear of more than fits one portion removes all', async () => {
  const collection = fresh();
  await Promise.all(Array.from({ length: 350 }, (_, id) => store.put(collection.key(String(id)), 'x', {}, calm)));
  expect(await store.clear(collection, calm)).toBe(350);
  expect(await count(`${collection.prefix}#ids`)).toBe(0);
});

test.each(names)('%s: a server that has forgotten the scripts is told them again', async (name) => {
  const collection = fresh();
  await stores[name].put(collection.key('a'), 'x', {}, calm);
  for (const server of name === 'cluster' ? cluster.nodes : [redis]) await server.command('SCRIPT', 'FLUSH');
  expect(await stores[name].put(collection.key('a'), 'y', { ifVersion: 1 }, calm)).toBe(true);
  expect(await stores[name].list(collection, { limit: 1 }, calm)).toMatchObject([{ value: 'y', version: 2 }]);
});

test('upstash is told nothing about this machine', async () => {
  await upstashStore.get(fresh().key('a'), calm);
  const [headers] = bridge.requests.slice(-1);
  expect(headers).toMatchObject({ authorization: `Bearer ${bridge.token}`, 'upstash-encoding': 'base64' });
  expect(Object.keys(headers ?? {}).filter((name) => name.includes('telemetry'))).toEqual([]);
});
