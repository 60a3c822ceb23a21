import { expect, test } from 'vitest';
import { createTestPlatform, createToken } from '#tests/support/platform.ts';

const json = { query: 'x' };
const search = 'POST /v1/search';

test("a caller's request id is echoed, and logged", async () => {
  const { call, logged } = await createTestPlatform();
  const id = 'order-4711_a.b';
  const response = await call(search, { token: await createToken(), json, headers: { 'x-request-id': id } });
  expect(response.headers.get('x-request-id')).toBe(id);
  expect(logged).toContainEqual(expect.objectContaining({ request_id: id }));
});

test('without one each request gets its own', async () => {
  const { call } = await createTestPlatform();
  const token = await createToken();
  const ids = new Set<string | null>();
  for (let index = 0; index < 5; index += 1) ids.add((await call(search, { token, json })).headers.get('x-request-id'));
  expect(ids.size).toBe(5);
  expect([...ids].every((id) => id !== null && id.length >= 16)).toBe(true);
});

test.each(['x'.repeat(1_000), 'a b', '{"a":1}', '<script>', 'ä'])('a request id %j is replaced', async (id) => {
  const { call } = await createTestPlatform();
  const response = await call(search, { token: await createToken(), json, headers: { 'x-request-id': id } });
  expect(response.status).toBe(200);
  expect(response.headers.get('x-request-id')).not.toBe(id);
});

test('the trace of the caller goes on in the log', async () => {
  const { call, logged } = await createTestPlatform();
  const trace = '4bf92f3577b34da6a3ce929d0e0e4736';
  const headers = { traceparent: `00-${trace}-00f067aa0ba902b7-01`, 'x-request-id': 'traced' };
  await call(search, { token: await createToken(), json, headers });
  const events = logged.filter((event) => event['request_id'] === 'traced');
  expect(events.length).toBeGreaterThan(0);
  for (const event of events) expect(event).toMatchObject({ trace_id: trace });
});

test.each(['x', `00-${'0'.repeat(32)}-00f067aa0ba902b7-01`, `00-${'A'.repeat(32)}-00f067aa0ba902b7-01`])(
  'a traceparent %s is no trace',
  async (traceparent) => {
    const { call, logged } = await createTestPlatform();
    await call(search, { token: await createToken(), json, headers: { traceparent, 'x-request-id': 'bad' } });
    expect(logged).toContainEqual(expect.objectContaining({ request_id: 'bad' }));
    const trace = traceparent.slice(3, 35);
    for (const event of logged) expect(event).not.toMatchObject({ trace_id: trace });
  },
);
