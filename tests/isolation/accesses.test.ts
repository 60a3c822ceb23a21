import { expect, test } from 'vitest';
import { createTestPlatform, createToken } from '#tests/support/platform.ts';

/** Each reading, its action, and whose chain it stands in. */
const readings: [target: string, action: string, by: 'admin' | 'platform', tenant: string, json?: object][] = [
  ['GET /v1/documents', 'document.list', 'admin', 'acme'],
  ['GET /v1/documents/a', 'document.read', 'admin', 'acme'],
  ['GET /v1/documents/a/text', 'document.read_text', 'admin', 'acme'],
  ['POST /v1/search', 'document.search', 'admin', 'acme', { query: 'goods' }],
  ['POST /v1/query', 'document.query', 'admin', 'acme', { question: 'What about goods?' }],
  ['GET /v1/models', 'model.list', 'admin', 'acme'],
  ['GET /v1/usage', 'usage.read', 'admin', 'acme'],
  ['GET /v1/usage', 'usage.read', 'platform', '_platform'],
  ['GET /v1/usage?tenant_id=acme', 'usage.read', 'platform', 'acme'],
  ['GET /v1/tenants', 'tenant.list', 'platform', '_platform'],
  ['GET /v1/tenants/acme', 'tenant.read', 'admin', 'acme'],
  ['GET /v1/tenants/acme', 'tenant.read', 'platform', 'acme'],
  ['GET /v1/tenants/acme/keys', 'api_key.list', 'platform', 'acme'],
  ['GET /v1/tenants/acme/provider-keys', 'provider_key.list', 'admin', 'acme'],
];

test('each reading is in the audit trail once: who, what, whose', async () => {
  const { call, logged } = await createTestPlatform();
  const tokens = {
    admin: await createToken({ role: 'tenant_admin', sub: 'admin' }),
    platform: await createToken({ role: 'platform_admin', tenant_id: undefined as never, sub: 'platform' }),
  };
  const stored = { json: { text: 'Goods can be returned.' }, token: tokens.admin };
  expect((await call('PUT /v1/documents/a', stored)).status).toBeLessThan(300);
  for (const [target, action, by, tenant, json] of readings) {
    const before = logged.length;
    const response = await call(target, { token: tokens[by], ...(json ? { json } : {}) });
    expect(response.status, target).toBe(200);
    await response.text();
    expect(
      logged.slice(before).filter(({ event }) => event === 'audit'),
      `${target} by ${by}`,
    ).toEqual([expect.objectContaining({ action, tenant_id: tenant, user_id: by, outcome: 'success' })]);
  }
});
