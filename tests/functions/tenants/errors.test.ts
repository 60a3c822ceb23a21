import { expect, test } from 'vitest';
import { createTestPlatform } from '#tests/support/platform.ts';
import { createPlatformAdmin } from './admin.ts';

test.each([
  {},
  { id: 'acme' },
  { name: 'Acme' },
  { id: '*', name: 'Acme' },
  { id: 'Acme', name: 'Acme' },
  { id: 'a_b', name: 'Acme' },
  { id: 'a.b', name: 'Acme' },
  { id: '-a', name: 'Acme' },
  { id: 'a'.repeat(64), name: 'Acme' },
  { id: 'acme', name: '' },
  { id: 'acme', name: 7 },
  { id: 'acme', name: 'Acme', status: 'suspended' },
  { id: 'acme', name: 'Acme', incarnation: 'x' },
  { id: 'acme', name: 'Acme', limits: { requests_per_minute: -1 } },
  { id: 'acme', name: 'Acme', limits: { requests_per_minute: 1.5 } },
  { id: 'acme', name: 'Acme', limits: { requests_per_hour: 1 } },
  { id: 'acme', name: 'Acme', budget: { dollars: 1, period: 'week' } },
  { id: 'acme', name: 'Acme', budget: { dollars: -1, period: 'day' } },
  { id: 'acme', name: 'Acme', models: 'all' },
  { id: 'acme', name: 'Acme', models: [''] },
])('no tenant is made of %j', async (json) => {
  const { call } = await createTestPlatform();
  const token = await createPlatformAdmin();
  const response = await call('POST /v1/tenants', { token, json });
  expect(response.status).toBe(400);
  expect(await response.json()).toMatchObject({
    code: 'invalid_request',
    errors: expect.arrayContaining([{ path: expect.any(String), message: expect.any(String) }]),
  });
  expect(await (await call('GET /v1/tenants', { token })).json()).toEqual({ tenants: [] });
});

test('an id is given once', async () => {
  const platform = await createTestPlatform();
  const token = await createPlatformAdmin();
  const json = { id: 'acme', name: 'First' };
  const responses = await Promise.all([1, 2, 3].map(() => platform.call('POST /v1/tenants', { token, json })));
  expect(responses.map(({ status }) => status).toSorted()).toEqual([201, 409, 409]);
  const again = await platform.call('POST /v1/tenants', { token, json: { id: 'acme', name: 'Second' } });
  expect(await again.json()).toMatchObject({ status: 409, code: 'conflict' });
  expect(await (await platform.call('GET /v1/tenants/acme', { token })).json()).toMatchObject({ name: 'First' });
});

test('what is asked of a tenant that is not there is not found', async () => {
  const { call } = await createTestPlatform();
  const token = await createPlatformAdmin();
  const targets: [string, object?][] = [
    ['GET /v1/tenants/none'],
    ['PATCH /v1/tenants/none', { name: 'X' }],
    ['DELETE /v1/tenants/none'],
    ['POST /v1/tenants/none/suspend'],
    ['POST /v1/tenants/none/resume'],
    ['POST /v1/tenants/none/erase'],
    ['GET /v1/tenants/none/keys'],
    ['POST /v1/tenants/none/keys', { name: 'X', role: 'member' }],
    ['DELETE /v1/tenants/none/keys/AAAAAAAAAAAA'],
    ['POST /v1/tenants/none/keys/AAAAAAAAAAAA/rotate'],
  ];
  for (const [target, json] of targets) {
    const response = await call(target, { token, json });
    expect(await response.json(), target).toMatchObject({ status: 404, code: 'not_found' });
  }
});

test('a path that holds no tenant id names no tenant', async () => {
  const { call } = await createTestPlatform();
  const token = await createPlatformAdmin();
  for (const id of ['*', 'ACME', '_all', '..%2fx', 'a%2Cb', '%00', 'a'.repeat(64)]) {
    const response = await call(`GET /v1/tenants/${id}`, { token });
    expect([400, 404], id).toContain(response.status);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
  }
});
