import { request } from 'node:http';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { createTestPlatform, createToken } from '#tests/support/platform.ts';
import { startUpstream, type Upstream } from '#tests/support/upstream.ts';

let upstream: Upstream;
beforeAll(async () => {
  upstream = await startUpstream();
});
beforeEach(() => void upstream.calls.splice(0));
afterAll(() => upstream.close());

test.each([
  ['text/event-stream', 'between its words'],
  ['application/json', 'before its answer'],
])('a client of %s that leaves %s frees the model', async (accept) => {
  upstream.reply({ chunks: Array.from({ length: 200 }, (_, index) => `word ${index} `), delay: 100 });
  const platform = await createTestPlatform({ LLM_BASE_URL: upstream.url, LLM_MODEL: 'simulated' });
  const token = await createToken();
  const documents = [{ id: 'tower', text: 'The tower is 96 metres tall.' }];
  await platform.call('POST /v1/documents', { token, json: { documents } });
  const url = await platform.listen();
  const client = request(`${url}/v1/query`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, accept, 'content-type': 'application/json' },
  });
  client.on('error', () => {});
  client.on('response', (response) => void response.resume());
  client.end(JSON.stringify({ question: 'How tall is the tower?' }));

  await vi.waitFor(() => expect(upstream.calls[0]?.chunksSent).toBeGreaterThan(1), 5_000);
  client.destroy();
  await upstream.calls[0]?.aborted;
  expect(upstream.calls[0]?.isComplete).toBe(false);
  expect(upstream.calls).toHaveLength(1);

  const next = await platform.call('POST /v1/search', { token, json: { query: 'tower' } });
  expect(next.status).toBe(200);
  await vi.waitFor(() => expect(platform.logged).toContainEqual(expect.objectContaining({ event: 'query_completed' })));
  const errors = platform.logged.filter(({ level }) => level === 'ERROR');
  expect(errors, 'a client that leaves is no fault of ours').toEqual([]);
});
