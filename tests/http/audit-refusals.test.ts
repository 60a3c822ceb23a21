import { expect, test } from 'vitest';
import { createTestPlatform, createToken, type TestPlatform } from '#tests/support/platform.ts';

/** Beside that the tenant was registered with its first request. */
const auditsOf = ({ logged }: TestPlatform) =>
  logged.filter(({ event, action }) => event === 'audit' && action !== 'tenant.create');

test('what somebody may not do is in the audit trail, by its route', async () => {
  const platform = await createTestPlatform();
  const { call } = platform;
  const reader = await createToken({ role: 'reader', sub: 'curious' });
  const json = { text: 'A secret of the body' };
  expect((await call('PUT /v1/documents/of-the-path', { token: reader, json })).status).toBe(403);
  const root = await createToken({ role: 'platform_admin', tenant_id: undefined as never, sub: 'root' });
  expect((await call('POST /v1/search', { token: root, json: { query: 'x' } })).status).toBe(403);
  const audits = auditsOf(platform);
  expect(audits).toMatchObject([
    { action: 'request.refuse', target: 'PUT /v1/documents/:id', tenant_id: 'acme', user_id: 'curious' },
    { action: 'request.refuse', target: 'POST /v1/search', tenant_id: '_platform', user_id: 'root' },
  ]);
  for (const { outcome } of audits) expect(outcome).toBe('forbidden');
});

test('whoever names another tenant has that in the own chain', async () => {
  const platform = await createTestPlatform();
  const { call } = platform;
  const token = await createToken();
  const byHeader = await call('GET /v1/documents', { token, headers: { 'x-tenant-id': 'corp' } });
  const byQuery = await call('GET /v1/documents?tenant_id=corp', { token });
  for (const { status } of [byHeader, byQuery]) expect(status).toBe(403);
  const audits = auditsOf(platform);
  expect(audits).toHaveLength(2);
  for (const audit of audits) expect(audit).toMatchObject({ outcome: 'tenant_mismatch', tenant_id: 'acme' });
});

test('what is refused for other reasons, or by nobody who is known, is no matter of the trail', async () => {
  const platform = await createTestPlatform();
  const { call } = platform;
  expect((await call('GET /v1/documents', {})).status).toBe(401);
  expect((await call('GET /v1/documents?limit=x', { token: await createToken() })).status).toBe(400);
  expect(auditsOf(platform)).toEqual([]);
});
