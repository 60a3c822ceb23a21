import { expect, test } from 'vitest';
import { createToken } from '#tests/support/platform.ts';
import { driveRedis, expectOutage, expectRecovery, letCacheAge } from '../state/drive.ts';

test('while the store is away a request with a key is refused, and carried out once the store is back', async () => {
  const driven = await driveRedis();
  const token = await createToken();
  const ask = (headers: Record<string, string>) =>
    driven.platform.call('POST /v1/query', { token, json: { question: 'How tall is the tower?' }, headers });
  await letCacheAge();
  await driven.proxy.setMode('down');
  await expectOutage(driven);

  const refused = await ask({ 'idempotency-key': 'key' });
  expect(refused.status).toBe(503);
  expect(refused.headers.get('retry-after')).toBe('2');
  expect(await refused.json()).toMatchObject({ code: 'state_unavailable', retry_after: 2 });
  expect((await ask({})).status).toBe(200);

  await driven.proxy.setMode('pass');
  await expectRecovery(driven);
  const first = await ask({ 'idempotency-key': 'key' });
  expect(first.status).toBe(200);
  const again = await ask({ 'idempotency-key': 'key' });
  expect(again.headers.get('idempotency-replayed')).toBe('true');
  expect(await again.text()).toBe(await first.text());
});
