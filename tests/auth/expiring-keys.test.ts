import { expect, test } from 'vitest';
import { createTestPlatform, createToken } from '#tests/support/platform.ts';
import { createKey, exchange, searchWith } from '#tests/functions/tenants/admin.ts';

const inDays = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString();

test('a key that ends within a week is counted with each use, and named once', async () => {
  const platform = await createTestPlatform();
  await platform.addTenant('acme');
  const uses = () => platform.metric('genai_expiring_api_key_uses_total');
  const { key, id } = await createKey(platform, { expires_at: inDays(6) }, 'acme');
  const { key: lasting } = await createKey(platform, { expires_at: inDays(8) }, 'acme');
  const { key: endless } = await createKey(platform, {}, 'acme');

  for (const credential of [lasting, endless]) expect((await searchWith(platform, credential)).status).toBe(200);
  expect(await uses()).toBe(0);
  for (let use = 0; use < 3; use += 1) expect((await searchWith(platform, key)).status).toBe(200);
  const token = await exchange(platform, key);
  expect((await searchWith(platform, token)).status).toBe(200);
  expect(await uses()).toBe(5);
  expect(platform.logged.filter(({ event }) => event === 'api_key_expiring')).toEqual([
    expect.objectContaining({ tenant_id: 'acme', key_id: id, expires_at: expect.any(String), level: 'WARN' }),
  ]);
  expect((await searchWith(platform, await createToken())).status).toBe(200);
  expect(await uses()).toBe(5);
});
