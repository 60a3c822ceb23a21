import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { BatchResponse, ListResponse } from '#functions/documents/contract.ts';
import { SearchResponse } from '#functions/search/contract.ts';
import { ReceiptSchema, type Receipt } from '#lib/auth/receipt.ts';
import { startIssuer } from '#tests/auth/issuer.ts';
import { parseBody } from '#tests/support/body.ts';
import { createTestPlatform, createToken, type TestPlatform } from '#tests/support/platform.ts';
import { temporaryDirectory } from '#tests/support/process.ts';
import { createKey, createPlatformAdmin, createTenantAdmin, exchange, searchWith } from './admin.ts';

const documents = ['a', 'b', 'c'].map((id) => ({ id, text: `Refunds of ${id}.` }));

async function store(platform: TestPlatform, tenant: string): Promise<number> {
  const token = await createToken({ tenant_id: tenant });
  const response = await platform.call('POST /v1/documents', { token, json: { documents } });
  const { results } = await parseBody(BatchResponse, response);
  return results.reduce((sum, { chunks }) => sum + chunks, 0);
}

/** Tenant `acme` with documents, keys and cursors, and neighbours. */
async function createPast(env: NodeJS.ProcessEnv = {}) {
  const directory = temporaryDirectory();
  const platform = await createTestPlatform({ TENANT_AUTO_CREATE: 'false', DATA_DIR: directory, ...env });
  const admin = await createPlatformAdmin();
  for (const id of ['acme', 'acme-corp', 'acm']) await platform.addTenant(id);
  const limits = { requests_per_minute: 77 };
  await platform.call('PATCH /v1/tenants/acme', { token: admin, json: { name: 'Acme Ltd', limits } });
  for (const id of ['acme-corp', 'acm']) await store(platform, id);
  const chunks = await store(platform, 'acme');
  const { key } = await createKey(platform);
  const { key: neighbourKey } = await createKey(platform, {}, 'acme-corp');
  const token = await createToken();
  const search = await searchWith(platform, token, { json: { query: 'refunds', limit: 1 } });
  const { next_cursor: searchCursor } = await parseBody(SearchResponse, search);
  const list = await platform.call('GET /v1/documents?limit=1', { token });
  const { next_cursor: listCursor } = await parseBody(ListResponse, list);
  const keyToken = await exchange(platform, key);
  return { ...platform, directory, admin, token, chunks, key, keyToken, neighbourKey, searchCursor, listCursor };
}

async function erase(platform: Pick<TestPlatform, 'call'>, token: string, tenant = 'acme'): Promise<Receipt> {
  const response = await platform.call(`POST /v1/tenants/${tenant}/erase`, { token });
  expect(response.status).toBe(200);
  return parseBody(ReceiptSchema, response);
}

test('an erased tenant has nothing left and goes on with its settings', async () => {
  const past = await createPast();
  const { call, token, key, keyToken } = past;
  const receipt = await erase(past, await createTenantAdmin());
  expect(receipt).toMatchObject({
    tenant_id: 'acme',
    erased: { documents: 3, chunks: past.chunks, api_keys: 1, state_records: 1, cache_entries: 0 },
  });

  expect(await (await searchWith(past, token)).json()).toMatchObject({ hits: [] });
  expect(await (await call('GET /v1/documents', { token })).json()).toEqual({ documents: [] });
  for (const target of ['GET /v1/documents/a', 'GET /v1/documents/a/text', 'DELETE /v1/documents/a'])
    expect((await call(target, { token })).status, target).toBe(404);
  for (const credential of [key, keyToken]) expect((await searchWith(past, credential)).status).toBe(401);
  expect((await call('POST /v1/token', { token: key })).status).toBe(401);
  const keys = await call('GET /v1/tenants/acme/keys', { token: await createTenantAdmin() });
  expect(await keys.json()).toEqual({ keys: [] });

  await store(past, 'acme');
  const json = { query: 'refunds', limit: 1, cursor: past.searchCursor };
  expect((await searchWith(past, token, { json })).status).toBe(400);
  expect((await call(`GET /v1/documents?limit=1&cursor=${past.listCursor}`, { token })).status).toBe(400);
  const found = await parseBody(SearchResponse, await searchWith(past, token));
  expect(found.hits.map(({ document_id: id }) => id).toSorted()).toEqual(['a', 'b', 'c']);

  const tenant = await call('GET /v1/tenants/acme', { token: past.admin });
  expect(await tenant.json()).toMatchObject({
    status: 'active',
    name: 'Acme Ltd',
    limits: { requests_per_minute: 77 },
  });
});

test('nothing that was stored is left in a file: of a document its id is, in the audit trail', async () => {
  const past = await createPast();
  const marker = 'zq7-unmistakable-marker';
  const json = { documents: [{ id: 'd', title: marker, text: `The ${marker} of acme`, metadata: { of: marker } }] };
  expect((await past.call('POST /v1/documents', { token: past.token, json })).status).toBe(200);
  const holders = () =>
    readdirSync(past.directory, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && readFileSync(join(entry.parentPath, entry.name)).includes(marker))
      .map(({ name }) => name);
  expect(holders()).not.toEqual([]);
  const receipt = await erase(past, past.admin);
  expect(holders()).toEqual([]);
  const files = readdirSync(join(past.directory, 'search'));
  expect(files.filter((name) => name.startsWith('acme.'))).toEqual([]);
  expect(JSON.stringify(receipt)).not.toContain(marker);
});

test('neighbours keep all they have, also those whose name begins alike', async () => {
  const past = await createPast();
  await erase(past, past.admin);
  for (const id of ['acme-corp', 'acm']) {
    const found = await searchWith(past, await createToken({ tenant_id: id }));
    expect((await parseBody(SearchResponse, found)).hits, id).toHaveLength(3);
  }
  expect((await searchWith(past, past.neighbourKey)).status).toBe(200);
});

test('a receipt verifies, and one that was changed does not', async () => {
  const past = await createPast();
  const { verifyReceipt } = past.foundation.auth;
  const receipt = await erase(past, past.admin);
  expect(await verifyReceipt(receipt)).toEqual({ isValid: true, receipt });
  expect(await verifyReceipt({ ...receipt, tenant_id: 'acm' })).toMatchObject({ isValid: false });
  const erased = { ...receipt.erased, documents: 0 };
  expect(await verifyReceipt({ ...receipt, erased })).toMatchObject({ isValid: false });
});

test('each erasure is of another incarnation', async () => {
  const past = await createPast();
  const first = await erase(past, past.admin);
  const second = await erase(past, past.admin);
  expect(second.erased).toMatchObject({ documents: 0, chunks: 0, api_keys: 0, state_records: 0 });
  expect(second.incarnation_erased).not.toBe(first.incarnation_erased);
});

test('an administrator erases the own tenant only, and nobody with a lower role any', async () => {
  const past = await createPast();
  const target = 'POST /v1/tenants/acme/erase';
  for (const token of [past.token, await createToken({ role: 'reader' }), past.key]) {
    const response = await past.call(target, { token });
    expect(await response.json()).toMatchObject({ status: 403, code: 'forbidden' });
  }
  const foreign = await past.call(target, { token: await createTenantAdmin('acme-corp') });
  expect(await foreign.json()).toMatchObject({ status: 403, code: 'tenant_mismatch' });
  const missing = await past.call('POST /v1/tenants/none/erase', { token: past.admin });
  expect(await missing.json()).toMatchObject({ status: 404, code: 'not_found' });
  expect(await (await searchWith(past, past.key)).json()).toMatchObject({ hits: [{}, {}, {}] });
});

test('a suspended tenant is suspended afterwards', async () => {
  const past = await createPast();
  await past.call('POST /v1/tenants/acme/suspend', { token: past.admin });
  await erase(past, past.admin);
  const tenant = await past.call('GET /v1/tenants/acme', { token: past.admin });
  expect(await tenant.json()).toMatchObject({ status: 'suspended' });
  expect((await past.call('POST /v1/tenants/acme/resume', { token: past.admin })).status).toBe(200);
  expect(await (await searchWith(past, past.token)).json()).toMatchObject({ hits: [] });
});

/** A call whose client leaves while the tenant is being locked out. */
async function eraseHalf(past: Awaited<ReturnType<typeof createPast>>): Promise<void> {
  const client = new AbortController();
  const left = past.call('POST /v1/tenants/acme/erase', { token: await createTenantAdmin(), signal: client.signal });
  await expect
    .poll(async () => (await past.call('GET /v1/tenants/acme', { token: past.admin })).json())
    .toMatchObject({ status: 'suspended' });
  client.abort();
  expect((await left).status).not.toBe(200);
}

test('an erasure that was broken off locks the tenant out until the platform finishes it', async () => {
  const past = await createPast();
  await eraseHalf(past);
  for (const token of [past.token, await createTenantAdmin(), past.key]) {
    const response = await searchWith(past, token);
    expect(await response.json()).toMatchObject({ status: 403, code: 'tenant_suspended' });
  }
  const resumed = await past.call('POST /v1/tenants/acme/resume', { token: past.admin });
  expect(await resumed.json()).toMatchObject({ status: 409, code: 'conflict' });

  const receipt = await erase(past, past.admin);
  expect(receipt.erased).toMatchObject({ documents: 3, api_keys: 1 });
  expect(await (await searchWith(past, past.token)).json()).toMatchObject({ hits: [] });
  expect(await (await past.call('GET /v1/tenants/acme', { token: past.admin })).json()).toMatchObject({
    status: 'active',
  });
});

test('a tenant that is suspended while it is being erased is suspended afterwards', async () => {
  const past = await createPast();
  await eraseHalf(past);
  expect((await past.call('POST /v1/tenants/acme/suspend', { token: past.admin })).status).toBe(200);
  await erase(past, past.admin);
  const tenant = await past.call('GET /v1/tenants/acme', { token: past.admin });
  expect(await tenant.json()).toMatchObject({ status: 'suspended' });
});

test('of two erasures at once one gives a receipt, and the tenant is active and empty', async () => {
  const past = await createPast();
  const calls = [1, 2].map(() => past.call('POST /v1/tenants/acme/erase', { token: past.admin }));
  const statuses = (await Promise.all(calls)).map(({ status }) => status).toSorted();
  expect(statuses).toEqual([200, 409]);
  expect(await (await searchWith(past, past.token)).json()).toMatchObject({ hits: [] });
});

test('what is done is told to the audit trail before and after', async () => {
  const past = await createPast();
  await erase(past, await createTenantAdmin());
  const audited = past.logged.filter(({ event, tenant_id: id }) => event === 'audit' && id === 'acme');
  expect(audited.filter(({ action }) => action === 'tenant.erase').map(({ outcome }) => outcome)).toEqual([
    'begun',
    'success',
  ]);
});

test('where no receipt could be signed nothing is erased', async () => {
  const past = await createPast();
  const issuer = await startIssuer();
  const sign = await issuer.addKey('ES256', 'k1');
  const others = { DATA_DIR: past.directory, JWT_SECRET: undefined, JWKS_URL: issuer.url };
  const platform = await createTestPlatform(others);
  const token = await sign({ role: 'platform_admin', tenant_id: undefined });
  const response = await platform.call('POST /v1/tenants/acme/erase', { token });
  expect(await response.json()).toMatchObject({ status: 500, code: 'internal' });
  expect(await (await searchWith(past, past.token)).json()).toMatchObject({ hits: [{}, {}, {}] });
});

test('a deletion leaves no record of the tenant behind either', async () => {
  const past = await createPast();
  const { store: state, tenants } = past.foundation;
  const signal = AbortSignal.timeout(5_000);
  const [record] = await tenants.list({ limit: 1, after: 'acm' }, signal);
  expect(record?.id).toBe('acme');
  const tenant = { tenantId: 'acme', incarnation: record?.incarnation ?? '' };
  expect((await past.call('DELETE /v1/tenants/acme', { token: past.admin })).status).toBe(204);
  expect(await state.clearTenant(tenant, signal)).toBe(0);
});
