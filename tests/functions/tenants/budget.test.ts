import { expect, test } from 'vitest';
import { createTestPlatform, createToken } from '#tests/support/platform.ts';

test('a budget is hard unless it is said to be soft', async () => {
  const { call } = await createTestPlatform();
  const token = await createToken({ role: 'platform_admin', tenant_id: undefined as never });
  const create = async (id: string, budget: object) =>
    (await call('POST /v1/tenants', { token, json: { id, name: id, budget } })).json();
  expect(await create('acme', { dollars: 5, period: 'day' })).toMatchObject({ budget: { dollars: 5, hard: true } });
  expect(await create('beta', { dollars: 5, period: 'day', hard: false })).toMatchObject({ budget: { hard: false } });
});
