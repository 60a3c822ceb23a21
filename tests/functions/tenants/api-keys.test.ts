import { expect, test } from 'vitest';
import { NewApiKeyResponse } from '#functions/tenants/keys-contract.ts';
import { parseBody } from '#tests/support/body.ts';
import { createTestPlatform } from '#tests/support/platform.ts';
import { createKey, createTenantAdmin, exchange, searchWith } from './admin.ts';

const path = '/v1/tenants/acme/keys';

test('a key is shown once, listed without its secret, and works as a credential', async () => {
  const platform = await createTestPlatform();
  const token = await createTenantAdmin();
  const json = { name: 'Import', role: 'member', groups: ['hr', 'ops'], expires_at: '2100-01-01T00:00:00Z' };

  const created = await platform.call(`POST ${path}`, { token, json });
  expect(created.status).toBe(201);
  expect(created.headers.get('cache-control')).toContain('no-store');
  const { id, key } = await parseBody(NewApiKeyResponse, created);
  expect(key).toMatch(/^gk_/);
  expect((await searchWith(platform, key)).status).toBe(200);

  const listed = await platform.call(`GET ${path}`, { token });
  const text = await listed.text();
  expect(JSON.parse(text)).toMatchObject({
    keys: [{ id, name: 'Import', role: 'member', groups: ['hr', 'ops'], expires_at: expect.any(String) }],
  });
  expect(text).not.toContain(key);
  expect(text).not.toContain(key.slice(-16));
  for (const listedKey of JSON.parse(text).keys) expect(listedKey).not.toHaveProperty('hash');
});

test('a rotated key has a new secret; the old one and its tokens stop at once', async () => {
  const platform = await createTestPlatform();
  const token = await createTenantAdmin();
  const { id, key } = await createKey(platform, { role: 'reader' });
  const oldToken = await exchange(platform, key);

  const rotated = await platform.call(`POST ${path}/${id}/rotate`, { token });
  expect(rotated.status).toBe(200);
  const next = await parseBody(NewApiKeyResponse, rotated);
  expect(next.id).toBe(id);
  expect(next.key).not.toBe(key);

  expect((await searchWith(platform, key)).status).toBe(401);
  expect((await searchWith(platform, oldToken)).status).toBe(401);
  expect((await platform.call('POST /v1/token', { token: key })).status).toBe(401);
  expect((await searchWith(platform, next.key)).status).toBe(200);
  expect((await searchWith(platform, await exchange(platform, next.key))).status).toBe(200);
  const documents = [{ text: 'x' }];
  const write = await platform.call('POST /v1/documents', { token: next.key, json: { documents } });
  expect(write.status, 'the role stays').toBe(403);
});

test('a revoked key and its tokens stop at once, and its id is gone', async () => {
  const platform = await createTestPlatform();
  const token = await createTenantAdmin();
  const { id, key } = await createKey(platform);
  const keyToken = await exchange(platform, key);
  const other = await createKey(platform);

  expect((await platform.call(`DELETE ${path}/${id}`, { token })).status).toBe(204);

  expect((await searchWith(platform, key)).status).toBe(401);
  expect((await searchWith(platform, keyToken)).status).toBe(401);
  expect((await platform.call('POST /v1/token', { token: key })).status).toBe(401);
  expect(await (await platform.call(`GET ${path}`, { token })).json()).toMatchObject({ keys: [{ id: other.id }] });
  expect((await platform.call(`DELETE ${path}/${id}`, { token })).status).toBe(404);
  expect((await platform.call(`POST ${path}/${id}/rotate`, { token })).status).toBe(404);
  expect((await searchWith(platform, other.key)).status).toBe(200);
});

test('two rotations at once leave one working secret', async () => {
  const platform = await createTestPlatform();
  const token = await createTenantAdmin();
  const { id } = await createKey(platform);
  const responses = await Promise.all([1, 2, 3].map(() => platform.call(`POST ${path}/${id}/rotate`, { token })));
  const keys = await Promise.all(
    responses.flatMap((response) => (response.status === 200 ? [parseBody(NewApiKeyResponse, response)] : [])),
  );
  for (const { status } of responses) expect([200, 409]).toContain(status);
  const statuses = await Promise.all(keys.map(async ({ key }) => (await searchWith(platform, key)).status));
  expect(statuses.filter((status) => status === 200)).toHaveLength(1);
});

test.each([
  { role: 'platform_admin' },
  { role: 'owner' },
  { name: '' },
  { groups: [''] },
  { groups: 'hr' },
  { expires_at: 'tomorrow' },
  { expires_at: '2020-01-01T00:00:00Z' },
  { budget: { dollars: -1, period: 'day' } },
  { tenant: 'beta', unknown: true },
])('a key cannot be made with %j', async (changes) => {
  const platform = await createTestPlatform();
  const token = await createTenantAdmin();
  const json = { name: 'A key', role: 'member', ...changes };
  const response = await platform.call(`POST ${path}`, { token, json });
  expect(response.status).toBe(400);
  expect(await response.json()).toMatchObject({
    code: 'invalid_request',
    errors: expect.arrayContaining([{ path: expect.any(String), message: expect.any(String) }]),
  });
  expect(await (await platform.call(`GET ${path}`, { token })).json()).toEqual({ keys: [] });
});
