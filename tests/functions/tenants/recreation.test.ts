import { expect, test } from 'vitest';
import { ListResponse } from '#functions/documents/contract.ts';
import { SearchResponse } from '#functions/search/contract.ts';
import { parseBody } from '#tests/support/body.ts';
import { forgeToken, secondsFromNow } from '#tests/auth/credentials.ts';
import { createTestPlatform, createToken } from '#tests/support/platform.ts';
import { createKey, createPlatformAdmin, createTenantAdmin, exchange, searchWith } from './admin.ts';

const documents = ['a', 'b', 'c'].map((id) => ({ id, text: `Refunds of ${id}.` }));

async function createPast(env = {}) {
  const platform = await createTestPlatform({ TENANT_AUTO_CREATE: 'false', ...env });
  const admin = await createPlatformAdmin();
  const token = await createToken();
  await platform.addTenant('acme');
  const stored = await platform.call('POST /v1/documents', { token, json: { documents } });
  expect(stored.status).toBe(200);
  const { id, key } = await createKey(platform);
  const keyToken = await exchange(platform, key);
  const search = await searchWith(platform, token, { json: { query: 'refunds', limit: 1 } });
  const { next_cursor: searchCursor } = await parseBody(SearchResponse, search);
  const list = await platform.call('GET /v1/documents?limit=1', { token });
  const { next_cursor: listCursor } = await parseBody(ListResponse, list);
  expect(searchCursor).toEqual(expect.any(String));
  expect(listCursor).toEqual(expect.any(String));
  return { ...platform, admin, token, id, key, keyToken, searchCursor, listCursor };
}

test('credentials of a deleted tenant are out at once', async () => {
  const { call, admin, token, key, keyToken } = await createPast();
  expect((await call('DELETE /v1/tenants/acme', { token: admin })).status).toBe(204);

  expect(await (await searchWith({ call }, token)).json()).toMatchObject({ status: 403, code: 'tenant_unknown' });
  expect([401, 403]).toContain((await searchWith({ call }, key)).status);
  expect([401, 403]).toContain((await searchWith({ call }, keyToken)).status);
  expect([401, 403]).toContain((await call('POST /v1/token', { token: key })).status);
});

test("a tenant under a deleted one's name has nothing of its past", async () => {
  const past = await createPast();
  const { call, admin, addTenant } = past;
  await call('DELETE /v1/tenants/acme', { token: admin });
  await addTenant('acme');
  const token = await createToken();
  expect((await searchWith(past, token)).status).toBe(200);

  expect(await (await searchWith(past, token)).json()).toMatchObject({ hits: [] });
  expect(await (await call('GET /v1/documents', { token })).json()).toEqual({ documents: [] });
  for (const target of ['GET /v1/documents/a', 'GET /v1/documents/a/text', 'DELETE /v1/documents/a'])
    expect((await call(target, { token })).status, target).toBe(404);

  const keys = await call('GET /v1/tenants/acme/keys', { token: await createTenantAdmin() });
  expect(await keys.json()).toEqual({ keys: [] });
  expect((await searchWith(past, past.key)).status).toBe(401);
  expect((await searchWith(past, past.keyToken)).status).toBe(401);
  expect((await call('POST /v1/token', { token: past.key })).status).toBe(401);
  expect((await call(`POST /v1/tenants/acme/keys/${past.id}/rotate`, { token: admin })).status).toBe(404);

  await call('POST /v1/documents', { token, json: { documents } });
  const json = { query: 'refunds', limit: 1, cursor: past.searchCursor };
  expect((await searchWith(past, token, { json })).status).toBe(400);
  const listed = await call(`GET /v1/documents?limit=1&cursor=${past.listCursor}`, { token });
  expect(listed.status).toBe(400);
});

test("a token from before a tenant's deletion is none of the new tenant's", async () => {
  const platform = await createTestPlatform({ TENANT_AUTO_CREATE: 'false' });
  const old = forgeToken({}, { iat: secondsFromNow(-600) });
  await platform.addTenant('acme');
  expect((await searchWith(platform, old)).status).toBe(200);
  await platform.call('DELETE /v1/tenants/acme', { token: await createPlatformAdmin() });
  await platform.addTenant('acme');
  expect((await searchWith(platform, forgeToken({}, { iat: secondsFromNow(1) }))).status).toBe(200);
  expect((await searchWith(platform, old)).status).toBe(401);
});

test('a token that hides its age is none of a recreated tenant either', async () => {
  const platform = await createTestPlatform({ TENANT_AUTO_CREATE: 'false' });
  const ageless = forgeToken({}, { iat: undefined });
  await platform.addTenant('acme');
  await platform.call('DELETE /v1/tenants/acme', { token: await createPlatformAdmin() });
  await platform.addTenant('acme');
  expect((await searchWith(platform, ageless)).status).toBe(401);
});

test('settings do not come back either', async () => {
  const { call, addTenant } = await createTestPlatform();
  const token = await createPlatformAdmin();
  const json = { id: 'acme', name: 'Old', limits: { requests_per_minute: 1 }, models: ['old'] };
  await call('POST /v1/tenants', { token, json });
  await call('POST /v1/tenants/acme/suspend', { token });
  await call('DELETE /v1/tenants/acme', { token });
  await addTenant('acme');
  const tenant = await (await call('GET /v1/tenants/acme', { token })).json();
  expect(tenant).toMatchObject({ name: 'acme', status: 'active', limits: {} });
  expect(tenant).not.toHaveProperty('models');
});

test("a deletion leaves other tenants' documents alone, also those whose name begins alike", async () => {
  const platform = await createTestPlatform();
  const neighbours = ['acme-corp', 'acm', 'beta'];
  for (const id of ['acme', ...neighbours]) {
    const token = await createToken({ tenant_id: id });
    await platform.call('POST /v1/documents', { token, json: { documents } });
  }
  await platform.call('DELETE /v1/tenants/acme', { token: await createPlatformAdmin() });
  for (const id of neighbours) {
    const found = await searchWith(platform, await createToken({ tenant_id: id }));
    expect((await parseBody(SearchResponse, found)).hits, id).toHaveLength(3);
  }
});

test('a leftover token does not bring a deleted tenant back where tenants are registered by themselves', async () => {
  const { call, admin, token, key, keyToken } = await createPast({ TENANT_AUTO_CREATE: 'true' });
  await call('DELETE /v1/tenants/acme', { token: admin });
  for (const credential of [key, keyToken])
    expect([401, 403]).toContain((await searchWith({ call }, credential)).status);
  const text = await (await searchWith({ call }, token)).text();
  expect(JSON.parse(text).hits ?? []).toEqual([]);
});
