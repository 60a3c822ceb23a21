import { expect, test } from 'vitest';
import { createTenantApi } from '#lib/http/create-api.ts';
import { createTestPlatform, createToken } from '#tests/support/platform.ts';

const platformAdmin = () => createToken({ role: 'platform_admin', tenant_id: undefined as never });

test("a tenant's route lets no platform administrator in, whatever stands behind it", async () => {
  const { foundation } = await createTestPlatform();
  const app = createTenantApi(foundation.http, 'open').get('/v1/open', (c) => c.json({ tenant: c.var.scope.tenantId }));
  const get = (token: string) => app.request('/v1/open', { headers: { authorization: `Bearer ${token}` } });
  expect((await get(await platformAdmin())).status).toBe(403);
  expect(await (await get(await createToken())).json()).toEqual({ tenant: 'acme' });
});

test('a credential stands alone in its header, after however many spaces', async () => {
  const { call } = await createTestPlatform();
  const token = await createToken();
  const statusOf = async (authorization: string) =>
    (await call('GET /v1/documents', { headers: { authorization } })).status;
  expect(await statusOf(`Bearer   ${token}`)).toBe(200);
  expect(await statusOf(`bearer ${token}`)).toBe(200);
  for (const bad of [`Basic Bearer ${token}`, `Bearer ${token} more`, `Bearer${token}`, token, 'Bearer ', '']) {
    expect(await statusOf(bad), bad).toBe(401);
  }
});

test('a path or a host that only looks as if it named a tenant does not', async () => {
  const { call } = await createTestPlatform();
  const token = await createToken();
  expect((await call('GET /v1/documents/a&tenant_id=beta', { token })).status).toBe(404);
  expect((await call('GET /v1/documents', { token, headers: { host: 'beta.undefined' } })).status).toBe(200);
});

test('two first requests of a tenant at once register it once, and both are answered', async () => {
  const { call } = await createTestPlatform();
  const token = await createToken({ tenant_id: 'newcomer' });
  const responses = await Promise.all(Array.from({ length: 5 }, () => call('GET /v1/documents', { token })));
  expect(responses.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
  const { tenants } = Object(await (await call('GET /v1/tenants', { token: await platformAdmin() })).json());
  expect(tenants).toHaveLength(1);
});

test('every change of a tenant and its keys is in the audit trail: who, what, which, from where', async () => {
  const { call, logged } = await createTestPlatform();
  const token = await platformAdmin();
  const headers = { 'x-request-id': 'request-7', traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01` };
  const act = async (target: string, json?: object) =>
    Object(await (await call(target, { token, headers, ...(json ? { json } : {}) })).json().catch(() => ({})));
  await act('POST /v1/tenants', { id: 'acme', name: 'Acme' });
  await act('PATCH /v1/tenants/acme', { name: 'New' });
  const { id } = await act('POST /v1/tenants/acme/keys', { name: 'k', role: 'reader' });
  await act(`POST /v1/tenants/acme/keys/${id}/rotate`);
  await act(`DELETE /v1/tenants/acme/keys/${id}`);
  await act('POST /v1/tenants/acme/suspend');
  await act('POST /v1/tenants/acme/resume');
  await act('DELETE /v1/tenants/acme');
  const audits = logged.filter(({ event }) => event === 'audit');
  const changes = [
    'tenant.create acme',
    'tenant.update acme',
    `api_key.create ${id}`,
    `api_key.rotate ${id}`,
    `api_key.revoke ${id}`,
    'tenant.suspend acme',
    'tenant.resume acme',
    'tenant.remove acme',
  ];
  expect(audits.map(({ action, target, outcome }) => `${action} ${target} ${outcome}`)).toEqual(
    changes.flatMap((change) => [`${change} begun`, `${change} success`]),
  );
  for (const audit of audits) {
    expect(audit).toMatchObject({
      // There is no tenant before it is created.
      tenant_id: audit['action'] === 'tenant.create' ? '_platform' : 'acme',
      user_id: 'user-1',
      request_id: 'request-7',
      trace_id: 'a'.repeat(32),
    });
  }
});

test("a tenant's answers are logged as its own and stay out of shared caches", async () => {
  const { call, logged } = await createTestPlatform();
  const response = await call('GET /v1/documents', { token: await createToken() });
  expect(response.headers.get('cache-control')).toBe('private, no-store');
  expect(logged.at(-1)).toMatchObject({ event: 'documents_completed', tenant_id: 'acme', user_id: 'user-1' });
});

test('a body that is null names no tenant, and is none', async () => {
  const { call } = await createTestPlatform();
  const response = await call('POST /v1/search', { token: await createToken(), json: null });
  expect(response.status).toBe(400);
});
