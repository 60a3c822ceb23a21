import { expect, test } from 'vitest';
import { createTestPlatform } from '#tests/support/platform.ts';
import { createBrokenPlatform } from './broken-platform.ts';

test.each(['/healthz', '/readyz'])('%s answers without a credential', async (path) => {
  const { call, logged } = await createTestPlatform();
  const response = await call(`GET ${path}`);
  expect(response.status).toBe(200);
  expect(await response.text()).not.toMatch(/node|version|sqlite/i);
  expect((await call(`GET ${path}`, { token: 'no-token-at-all' })).status).toBe(200);
  expect(logged, 'probes are not logged').toEqual([]);
});

test('readiness depends on no store, engine, model or issuer', async () => {
  const { call } = await createBrokenPlatform({
    LLM_BASE_URL: 'http://127.0.0.1:1/v1',
    LLM_MODEL: 'none',
    JWKS_URL: 'http://127.0.0.1:1/jwks.json',
  });
  expect((await call('GET /readyz')).status).toBe(200);
  expect((await call('GET /healthz')).status).toBe(200);
});
