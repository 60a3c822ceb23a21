import { expect, test } from 'vitest';
import { createTestPlatform } from '#tests/support/platform.ts';
import { forgeToken, secondsFromNow } from './credentials.ts';

test.each([
  [{ exp: -25 }, 200],
  [{ exp: -33 }, 401],
  [{ nbf: 25 }, 200],
  [{ nbf: 33 }, 401],
])('clocks may differ by 30 s: %j gives %i', async (claims, status) => {
  const { call } = await createTestPlatform();
  const shifted = Object.fromEntries(Object.entries(claims).map(([name, value]) => [name, secondsFromNow(value)]));
  const response = await call('POST /v1/search', { token: forgeToken({}, shifted), json: { query: 'x' } });
  expect(response.status).toBe(status);
});
