import { expect, test } from 'vitest';
import { TenantResponse } from '#functions/tenants/contract.ts';
import { parseBody } from '#tests/support/body.ts';
import { createTestPlatform } from '#tests/support/platform.ts';
import { createPlatformAdmin } from './admin.ts';

const tenant = {
  id: 'acme',
  name: 'Acme Ltd',
  limits: { requests_per_minute: 60, tokens_per_minute: 1_000, concurrent_requests: 4 },
  budget: { dollars: 12.5, period: 'month', hard: true },
  models: ['small', 'large'],
};

async function createWithTenant() {
  const platform = await createTestPlatform();
  const token = await createPlatformAdmin();
  const created = await platform.call('POST /v1/tenants', { token, json: tenant });
  return { ...platform, token, created };
}

test('a tenant is created, read and deleted', async () => {
  const { call, token, created } = await createWithTenant();
  expect(created.status).toBe(201);
  const body = await parseBody(TenantResponse, created);
  expect(body).toMatchObject({ ...tenant, status: 'active' });

  const read = await call('GET /v1/tenants/acme', { token });
  expect(await parseBody(TenantResponse, read)).toEqual(body);

  expect((await call('DELETE /v1/tenants/acme', { token })).status).toBe(204);
  expect((await call('GET /v1/tenants/acme', { token })).status).toBe(404);
  expect((await call('DELETE /v1/tenants/acme', { token })).status).toBe(404);
  expect(await (await call('GET /v1/tenants', { token })).json()).toEqual({ tenants: [] });
});

test('a tenant needs its id and name only', async () => {
  const { call, token } = await createWithTenant();
  const created = await call('POST /v1/tenants', { token, json: { id: 'b', name: 'Beta' } });
  const body = await parseBody(TenantResponse, created);
  expect(body).toMatchObject({ id: 'b', limits: {} });
  expect(body).not.toHaveProperty('budget');
  expect(body).not.toHaveProperty('models');
});

test('a change keeps what it leaves out and clears what is null', async () => {
  const { call, token } = await createWithTenant();
  const patch = async (json: object) => {
    const response = await call('PATCH /v1/tenants/acme', { token, json });
    expect(response.status).toBe(200);
    return parseBody(TenantResponse, response);
  };

  expect(await patch({ name: 'Acme Inc' })).toMatchObject({ ...tenant, name: 'Acme Inc' });
  const { limits } = await patch({ limits: { requests_per_minute: 90, tokens_per_minute: null } });
  expect(limits).toEqual({ requests_per_minute: 90, concurrent_requests: 4 });
  expect(await patch({ limits: {} })).toMatchObject({ limits });
  expect(await patch({ budget: null })).not.toHaveProperty('budget');
  const last = await patch({ models: null, budget: { dollars: 1, period: 'day' } });
  expect(last).not.toHaveProperty('models');
  expect(last).toMatchObject({ name: 'Acme Inc', budget: { dollars: 1, period: 'day' } });
  expect(await (await call('GET /v1/tenants/acme', { token })).json()).toEqual(last);
});

test('simultaneous changes of different fields are both kept, or one is told to try again', async () => {
  const { call, token } = await createWithTenant();
  const changes = [{ limits: { requests_per_minute: 7 } }, { limits: { concurrent_requests: 9 } }];
  const responses = await Promise.all(changes.map((json) => call('PATCH /v1/tenants/acme', { token, json })));
  const current = await (await call('GET /v1/tenants/acme', { token })).json();
  for (const [index, { status }] of responses.entries()) {
    expect([200, 409]).toContain(status);
    if (status === 200) expect(current).toMatchObject(changes[index] ?? {});
  }
});
