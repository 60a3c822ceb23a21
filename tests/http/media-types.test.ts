import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { createTestPlatform, createToken } from '#tests/support/platform.ts';

const body = '{"query":"x"}';

test.each([
  [undefined, 'text/plain'],
  [undefined, 'application/x-www-form-urlencoded'],
  [undefined, 'application/jsonx'],
  [undefined, 'text/json-ish; application/json'],
  [undefined, 'multipart/form-data; boundary=x'],
  ['gzip', 'application/json'],
  ['br', 'application/json'],
  ['gzip, identity', 'application/json'],
])('a body of encoding %s and type %s is refused', async (encoding, type) => {
  const { call } = await createTestPlatform();
  const headers = { 'content-type': type, ...(encoding === undefined ? {} : { 'content-encoding': encoding }) };
  const content = encoding === 'gzip' ? gzipSync(body) : body;
  const response = await call('POST /v1/search', { token: await createToken(), body: content, headers });
  expect(response.status).toBe(415);
  expect(await response.json()).toMatchObject({ code: 'unsupported_media_type' });
});

test('a gzip bomb is not unpacked', async () => {
  const { call } = await createTestPlatform();
  const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024, 'a'));
  const headers = { 'content-type': 'application/x-ndjson', 'content-encoding': 'gzip' };
  const response = await call('POST /v1/documents', { token: await createToken(), body: bomb, headers });
  expect(response.status).toBe(415);
});

test.each(['application/json', 'application/json; charset=utf-8', 'Application/JSON;charset="UTF-8"'])(
  'a body of %s is read',
  async (type) => {
    const { call } = await createTestPlatform();
    const response = await call('POST /v1/search', {
      token: await createToken(),
      body,
      headers: { 'content-type': type },
    });
    expect(response.status).toBe(200);
  },
);

test('a body without a type is refused', async () => {
  const { call } = await createTestPlatform();
  const response = await call('POST /v1/search', { token: await createToken(), body: new TextEncoder().encode(body) });
  expect(response.status).toBe(415);
});

test('documents come in three forms, and no other', async () => {
  const { call } = await createTestPlatform();
  const token = await createToken();
  const form = new FormData();
  form.set('file', new Blob(['Some text.'], { type: 'text/plain' }), 'a.txt');
  expect((await call('POST /v1/documents', { token, body: form })).status).toBe(200);
  const text = await call('POST /v1/documents', {
    token,
    body: 'Some text.',
    headers: { 'content-type': 'text/plain' },
  });
  expect(text.status).toBe(415);
});
