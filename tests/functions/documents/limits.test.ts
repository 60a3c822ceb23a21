import { expect, test } from 'vitest';
import { createTestPlatform, createToken } from '#tests/support/platform.ts';

test.each([
  ['GET /v1/documents', 200],
  ['GET /v1/documents/a', 200],
  ['GET /v1/documents/a/text', 200],
  ['DELETE /v1/documents/a', 204],
])('%s counts against the requests of a minute', async (target, status) => {
  const { call } = await createTestPlatform();
  const admin = await createToken({ role: 'platform_admin', tenant_id: undefined as never });
  const json = { id: 'few', name: 'Few', limits: { requests_per_minute: 2 } };
  expect((await call('POST /v1/tenants', { token: admin, json })).status).toBe(201);
  const token = await createToken({ tenant_id: 'few' });
  expect((await call('PUT /v1/documents/a', { token, json: { text: 'A text' } })).status).toBe(201);
  const first = await call(target, { token });
  expect(first.status).toBe(status);
  const refused = await call(target, { token });
  expect(refused.status).toBe(429);
  expect(refused.headers.get('retry-after')).toMatch(/^[1-9]\d*$/);
});
