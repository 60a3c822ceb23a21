import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, onTestFinished, test, vi } from 'vitest';
import { ListResponse } from '#functions/documents/contract.ts';
import { SearchResponse } from '#functions/search/contract.ts';
import { ReceiptSchema } from '#lib/auth/receipt.ts';
import { createOpenSearchEngine } from '#lib/retrieval/engine-opensearch.ts';
import { firstVersionOf, toAlias, toIndexName, toTenantAlias } from '#lib/retrieval/opensearch/names.ts';
import { tenantCollection, tenantPrefix } from '#lib/tenancy/state-key.ts';
import { parseTenantId } from '#lib/tenancy/tenant-id.ts';
import { freshTenant } from '#tests/contracts/search-engine/under-test.ts';
import {
  createKey,
  createPlatformAdmin,
  createTenantAdmin,
  exchange,
  searchWith,
} from '#tests/functions/tenants/admin.ts';
import { parseBody } from '#tests/support/body.ts';
import { toNewDocument } from '#tests/support/documents.ts';
import { createTestPlatform, createToken } from '#tests/support/platform.ts';
import { startRedisServer, stateEnvOf } from '#tests/support/redis-server.ts';
import { calm, createScope } from '#tests/support/scope.ts';
import { createRecordedTelemetry } from '#tests/support/telemetry.ts';
import { createTestTransport } from '#tests/support/opensearch-transport.ts';
import { secureServer } from '../support/opensearch.ts';
import { secureSearchEnv } from '#tests/support/real-engines.ts';

vi.setConfig({ testTimeout: 120_000 });

const documents = ['a', 'b', 'c'].map((id) => ({ id, text: `Refunds of ${id}.` }));

/** Two processes of the platform on a real Redis and a real OpenSearch, with a tenant and its neighbour. */
async function createWorld() {
  const redis = await startRedisServer();
  const variables = { ...stateEnvOf(redis), ...secureSearchEnv(), TENANT_AUTO_CREATE: 'false' };
  const [platform, other] = await Promise.all([createTestPlatform(variables), createTestPlatform(variables)]);
  const transport = createTestTransport(secureServer());
  const admin = await createPlatformAdmin();
  const acme = freshTenant();
  const corp = `${acme}-corp`;
  onTestFinished(async () => {
    for (const id of [acme, corp]) await platform.call(`DELETE /v1/tenants/${id}`, { token: admin });
    await transport.close();
  });
  const asMember = (tenant: string) => createToken({ tenant_id: tenant });
  for (const id of [acme, corp]) {
    await platform.addTenant(id);
    await platform.call('POST /v1/documents', { token: await asMember(id), json: { documents } });
  }
  const id = parseTenantId(acme) ?? expect.fail('It is a tenant id');
  const record = await platform.foundation.tenants.find(id, calm);
  const past = { tenantId: acme, incarnation: record?.incarnation ?? expect.fail('The tenant is registered') };

  /** Whether the index is there, by its exact name. */
  async function exists(name: string): Promise<boolean> {
    const call = { method: 'GET', path: `/${name}`, query: { filter_path: '*.aliases' } } as const;
    return transport.send('platform', call, { timeout: 20_000, tries: 1 }, calm).then(
      () => true,
      () => false,
    );
  }
  const findIndices = async () => {
    const first = firstVersionOf(past.incarnation);
    const names = [toTenantAlias(acme), toAlias(past), ...[0, 1, 2].map((more) => toIndexName(acme, first + more))];
    const there = await Promise.all(names.map(exists));
    return names.filter((_, index) => there[index]);
  };
  const pastKeys = async () => (await redis.keys()).filter((key) => key.startsWith(tenantPrefix(past)));
  return { platform, other, transport, admin, acme, corp, past, asMember, findIndices, pastKeys };
}

test('an erased tenant leaves no index and no key, for no process', async () => {
  const world = await createWorld();
  const { platform, other, admin, acme, corp, past, asMember, findIndices, pastKeys } = world;
  const { key } = await createKey(platform, {}, acme);
  const keyToken = await exchange(platform, key);
  const { key: neighbourKey } = await createKey(platform, {}, corp);
  await platform.foundation.store.put(tenantCollection(past, 'other').key('x'), 'x', {}, calm);
  const token = await asMember(acme);
  const page = await platform.call('GET /v1/documents?limit=1', { token });
  const { next_cursor: cursor } = await parseBody(ListResponse, page);
  expect((await searchWith(other, key)).status, 'the other process knows the key').toBe(200);
  const name = toIndexName(acme, firstVersionOf(past.incarnation));
  expect(await findIndices()).toEqual([toTenantAlias(acme), toAlias(past), name]);
  expect(await pastKeys()).not.toEqual([]);

  const response = await platform.call(`POST /v1/tenants/${acme}/erase`, { token: await createTenantAdmin(acme) });
  expect(response.status).toBe(200);
  const receipt = await parseBody(ReceiptSchema, response);
  expect(receipt.erased).toMatchObject({ documents: 3, chunks: 3, api_keys: 1, state_records: 2 });
  expect(await other.foundation.auth.verifyReceipt(receipt)).toMatchObject({ isValid: true });
  expect(await findIndices()).toEqual([]);
  expect(await pastKeys()).toEqual([]);

  await vi.waitFor(async () => expect((await searchWith(other, token)).status).toBe(200), 5_000);
  for (const pod of [platform, other]) {
    expect((await parseBody(SearchResponse, await searchWith(pod, token))).hits).toEqual([]);
    expect(await (await pod.call('GET /v1/documents', { token })).json()).toEqual({ documents: [] });
    expect((await pod.call('GET /v1/documents/a', { token })).status).toBe(404);
    for (const credential of [key, keyToken]) expect((await searchWith(pod, credential)).status).toBe(401);
  }
  expect((await parseBody(SearchResponse, await searchWith(other, neighbourKey))).hits).toHaveLength(3);

  const stored = await other.call('POST /v1/documents', { token, json: { documents } });
  expect(stored.status).toBe(200);
  expect((await parseBody(SearchResponse, await searchWith(platform, token))).hits).toHaveLength(3);
  expect((await platform.call(`GET /v1/documents?limit=1&cursor=${cursor}`, { token })).status).toBe(400);
  expect((await platform.call(`POST /v1/tenants/${corp}/erase`, { token: admin })).status).toBe(200);
  expect((await parseBody(SearchResponse, await searchWith(platform, token))).hits, 'a neighbour').toHaveLength(3);
});

test('a write that began before the erasure brings nothing back', async () => {
  const { platform, transport, admin, acme, past, findIndices } = await createWorld();
  const { tenants } = platform.foundation;
  const engine = createOpenSearchEngine({
    transport,
    vectors: undefined,
    knnEngine: 'lucene',
    replicas: 0,
    confirm: ({ tenantId, incarnation }, signal) => tenants.isCurrent(tenantId, incarnation, signal),
    logger: createRecordedTelemetry().logger,
  });
  const scope = createScope(acme, { incarnation: past.incarnation });
  const late = [toNewDocument('late', 'A late dragonfly.')];
  expect((await engine.upsert(scope, late, calm)).size).toBe(0);
  expect((await platform.call(`POST /v1/tenants/${acme}/erase`, { token: admin })).status).toBe(200);

  await expect(engine.upsert(scope, late, calm)).rejects.toMatchObject({ code: 'tenant_unknown' });
  expect(await findIndices()).toEqual([]);
  const token = await createToken({ tenant_id: acme });
  await platform.call('POST /v1/documents', { token, json: { documents } });
  await expect(engine.upsert(scope, late, calm)).rejects.toMatchObject({ code: 'tenant_unknown' });
  expect(await engine.remove(scope, 'a', calm)).toBe(false);
  const found = await platform.call('POST /v1/search', { token, json: { query: 'dragonfly' } });
  expect(await found.json()).toMatchObject({ hits: [] });
  expect((await parseBody(SearchResponse, await searchWith(platform, token))).hits).toHaveLength(3);
});

test('an erasure while documents are written without end leaves only what came after it', async () => {
  const { platform, other, admin, acme, asMember, pastKeys } = await createWorld();
  const token = await asMember(acme);
  let isDone = false;
  const writers = [platform, other, other].map(async (pod, writer) => {
    for (let version = 0; !isDone; version += 1) {
      const json = { text: `Version ${version} of writer ${writer}.` };
      await pod.call(`PUT /v1/documents/live-${writer}-${version}`, { token, json });
      // Refusals need no input or output: without a turn of the event loop nobody else would have one.
      await nextTurn();
    }
  });
  const response = await platform.call(`POST /v1/tenants/${acme}/erase`, { token: admin });
  expect(response.status).toBe(200);
  const { verified_at: verifiedAt } = await parseBody(ReceiptSchema, response);
  await vi.waitFor(async () => {
    const listed = await platform.call('GET /v1/documents', { token });
    expect((await parseBody(ListResponse, listed)).documents.length).toBeGreaterThan(0);
  }, 20_000);
  isDone = true;
  await Promise.all(writers);

  const listed = await platform.call('GET /v1/documents?limit=1000', { token });
  for (const { created_at: createdAt } of (await parseBody(ListResponse, listed)).documents) {
    expect(createdAt >= verifiedAt).toBe(true);
  }
  expect(await pastKeys()).toEqual([]);
});
