import { expect, test } from 'vitest';
import { createToken } from '#tests/support/platform.ts';
import { createPlatform, question, sse, useUpstream } from '../query/tower.ts';

const use = useUpstream();
// Only what the key keeps is looked at here.
const headers = { 'idempotency-key': 'key-1', 'cache-control': 'no-cache' };

test('a question that is asked again costs no second call of the model', async () => {
  const { call, token } = await createPlatform(use.upstream);
  use.upstream.reply({ chunks: ['It is 96 metres tall [1].'] }, { chunks: ['Other [1].'] });
  const ask = () => call('POST /v1/query', { token, json: { question }, headers });
  const [first, again] = [await ask(), await ask()];
  expect(again.headers.get('idempotency-replayed')).toBe('true');
  expect(await again.text()).toBe(await first.text());
  expect(use.upstream.calls).toHaveLength(1);
});

test('fields that are left out are what they are by default', async () => {
  const { call, token } = await createPlatform(use.upstream);
  const ask = (json: object) => call('POST /v1/query', { token, json, headers });
  await ask({ question });
  expect((await ask({ limit: 5, filter: {}, question })).headers.get('idempotency-replayed')).toBe('true');
  expect((await ask({ question, limit: 6 })).status).toBe(409);
});

test('an answer that was streamed to its end is the same stream again', async () => {
  const { call, token } = await createPlatform(use.upstream);
  use.upstream.reply({ chunks: ['It ', 'is ', '96 [1].'] }, { chunks: ['Other'] });
  const ask = () => call('POST /v1/query', { token, json: { question }, headers: { ...headers, ...sse } });
  const first = await (await ask()).text();
  const again = await ask();
  expect(again.headers.get('x-vercel-ai-ui-message-stream')).toBe('v1');
  expect(await again.text()).toBe(first);
  expect(first).toContain('"finish"');
  expect(use.upstream.calls).toHaveLength(1);
});

test('an answer that the model did not give is asked for again', async () => {
  const { call, token } = await createPlatform(use.upstream);
  use.upstream.reply({ chunks: ['x'], fault: { kind: 'cut', after: 0 } }, { chunks: ['It is 96 [1].'] });
  const ask = () => call('POST /v1/query', { token, json: { question }, headers });
  const first = await ask();
  const again = first.status === 200 ? first : await ask();
  expect(await again.json()).toMatchObject({ answer: 'It is 96 [1].' });
});

test('of many at once one asks the model', async () => {
  const { call, token } = await createPlatform(use.upstream);
  use.upstream.reply({ chunks: ['It is 96 [1].'], firstDelay: 100 });
  const responses = await Promise.all(
    Array.from({ length: 50 }, () => call('POST /v1/query', { token, json: { question }, headers })),
  );
  const statuses = responses.map(({ status }) => status);
  expect(statuses.filter((status) => status === 200)).toHaveLength(1);
  expect(statuses.filter((status) => status === 409)).toHaveLength(49);
  expect(use.upstream.calls).toHaveLength(1);
});

test.each([
  ['tenant', { tenant_id: 'beta' }],
  ['user', { sub: 'user-2' }],
  ['role', { role: 'reader' }],
  ['group', { groups: ['one'] }],
])("another %s with the same key is not shown the first one's answer", async (_name, claims) => {
  const { call, token } = await createPlatform(use.upstream);
  use.upstream.reply({ chunks: ['Secret of the first [1].'] }, { chunks: ['Own [1].'] });
  const ask = (as: string) => call('POST /v1/query', { token: as, json: { question }, headers });
  await ask(token);
  const response = await ask(await createToken(claims));
  expect(response.status).toBe(200);
  expect(response.headers.has('idempotency-replayed')).toBe(false);
  expect(await response.text()).not.toContain('Secret');
});

test('who may do nothing any more is shown nothing either', async () => {
  const { call, token } = await createPlatform(use.upstream);
  const ask = () => call('POST /v1/query', { token, json: { question }, headers });
  await ask();
  const admin = await createToken({ role: 'platform_admin', tenant_id: undefined });
  await call('POST /v1/tenants/acme/suspend', { token: admin });
  expect((await ask()).status).toBe(403);
});
