import { expect, test } from 'vitest';
import { createTestPlatform, createToken } from '#tests/support/platform.ts';
import { createKey, createPlatformAdmin, exchange } from '../tenants/admin.ts';

test('a token needs a credential, and a tenant', async () => {
  const platform = await createTestPlatform();
  expect((await platform.call('POST /v1/token')).status).toBe(401);
  expect((await platform.call('POST /v1/token', { token: 'gk_unknown' })).status).toBe(401);
  const admin = await platform.call('POST /v1/token', { token: await createPlatformAdmin() });
  expect(await admin.json()).toMatchObject({ status: 403, code: 'forbidden' });
});

test('a token cannot be exchanged for another, so none outlives its quarter of an hour', async () => {
  const platform = await createTestPlatform();
  const { key } = await createKey(platform);
  const exchanged = await exchange(platform, key);
  for (const token of [exchanged, await createToken()])
    expect(await (await platform.call('POST /v1/token', { token })).json()).toMatchObject({ status: 403 });
});
