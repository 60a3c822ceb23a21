import { expect, test } from 'vitest';
import { createTestPlatform } from '#tests/support/platform.ts';
import { forgeToken } from './credentials.ts';

const oldSecret = 'the-old-secret-of-at-least-32-bytes-length';
const newSecret = 'the-new-secret-of-at-least-32-bytes-length';
const json = { query: 'x' };

test('several secrets serve side by side, each under its key id', async () => {
  const { call } = await createTestPlatform({ JWT_SECRET: JSON.stringify({ old: oldSecret, new: newSecret }) });
  const statusOf = async (token: string) => (await call('POST /v1/search', { token, json })).status;

  expect(await statusOf(forgeToken({ kid: 'old' }, {}, oldSecret))).toBe(200);
  expect(await statusOf(forgeToken({ kid: 'new' }, {}, newSecret))).toBe(200);
  expect(await statusOf(forgeToken({ kid: 'new' }, {}, oldSecret)), 'the secret of another key id').toBe(401);
  expect(await statusOf(forgeToken({ kid: 'other' }, {}, oldSecret)), 'an unknown key id').toBe(401);
  expect(await statusOf(forgeToken({ kid: 'toString' }, {}, oldSecret)), 'a name of Object.prototype').toBe(401);
});

test('a secret that was taken out no longer serves', async () => {
  const { call } = await createTestPlatform({ JWT_SECRET: JSON.stringify({ new: newSecret }) });
  const response = await call('POST /v1/search', { token: forgeToken({ kid: 'old' }, {}, oldSecret), json });
  expect(response.status).toBe(401);
});

test.each([
  ['31 bytes', 'x'.repeat(31)],
  ['one of several is short', JSON.stringify({ old: oldSecret, new: 'short' })],
  ['none', '{}'],
])('a weak secret stops the start: %s', async (_name, secret) => {
  await expect(createTestPlatform({ JWT_SECRET: secret })).rejects.toThrow(/JWT_SECRET/);
});

test('without any key there is no start', async () => {
  await expect(createTestPlatform({ JWT_SECRET: undefined })).rejects.toThrow(/JWT_SECRET/);
});
