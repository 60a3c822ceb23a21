import { setTimeout as wait } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { createPlatform, question, sse, useUpstream } from './tower.ts';

const use = useUpstream();

test('a client that leaves mid-stream closes the upstream call within 100 ms', { retry: 2 }, async () => {
  const { listen, token, metric } = await createPlatform(use.upstream);
  const url = await listen();
  use.upstream.reply({ chunks: Array.from({ length: 1_000 }, () => 'word '), delay: 10 });
  const left = new AbortController();
  const response = await fetch(`${url}/v1/query`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...sse },
    body: JSON.stringify({ question }),
    signal: left.signal,
  });
  let received = '';
  const reading = (async () => {
    for await (const chunk of response.body ?? []) {
      received += Buffer.from(chunk).toString();
      if (received.includes('text-delta')) left.abort();
    }
  })();
  await expect(reading).rejects.toThrow();
  const leftAt = performance.now();
  const closedAt = await Promise.race([use.upstream.calls[0]?.aborted, wait(2_000)]);
  expect(closedAt).toBeDefined();
  expect(Number(closedAt) - leftAt).toBeLessThan(100);
  await expect.poll(() => metric('genai_streams_total{outcome="aborted"}')).toBe(1);
});

test('a client that leaves while the model has said nothing yet closes the upstream call too', async () => {
  const { listen, token } = await createPlatform(use.upstream);
  const url = await listen();
  use.upstream.reply({ chunks: [], fault: { kind: 'silence' } });
  for (const headers of [sse, {}]) {
    use.upstream.calls.splice(0);
    const left = new AbortController();
    const request = fetch(`${url}/v1/query`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ question }),
      signal: left.signal,
    });
    await expect.poll(() => use.upstream.calls.length).toBe(1);
    left.abort();
    await request.then((response) => response.text()).catch(() => undefined);
    await expect(Promise.race([use.upstream.calls[0]?.aborted, wait(2_000)])).resolves.toBeDefined();
  }
});
