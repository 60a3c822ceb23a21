import { expect, test } from 'vitest';
import { createToken } from '#tests/support/platform.ts';
import { startTracedMesh } from './traced-mesh.ts';

const timeout = 120_000;

test('with a ratio of 0 failed requests are kept, others are not', { timeout }, async () => {
  const { url, receiver, upstream, end } = await startTracedMesh(['chat'], { env: { OTEL_TRACES_SAMPLER_ARG: '0' } });
  const headers = { authorization: `Bearer ${await createToken()}`, 'content-type': 'application/json' };
  const complete = (traceId: string, stream: boolean) =>
    fetch(`${url}/v1/chat/completions`, {
      method: 'POST',
      headers: { ...headers, traceparent: `00-${traceId}-b7ad6b7169203331-01` },
      body: JSON.stringify({ model: 'simulated', stream, messages: [{ role: 'user', content: 'Hello' }] }),
    }).then(async (response) => ({ status: response.status, text: await response.text() }));
  const traces = { good: 'a'.repeat(32), failed: 'b'.repeat(32), cut: 'c'.repeat(32), bad: 'd'.repeat(32) };

  expect((await complete(traces.good, false)).status).toBe(200);
  upstream.reply({ chunks: [], fault: { kind: 'status', status: 500 } });
  expect((await complete(traces.failed, false)).status).toBe(502);
  upstream.reply({ chunks: ['Half', ' of it'], fault: { kind: 'cut', after: 1 } });
  expect((await complete(traces.cut, true)).text).toContain('error');
  expect(
    (
      await fetch(`${url}/v1/models/none`, {
        headers: { ...headers, traceparent: `00-${traces.bad}-b7ad6b7169203331-01` },
      })
    ).status,
  ).toBe(404);
  await end();

  const kept = (service: string) =>
    new Set(receiver.spans.filter((span) => span.service === service).map(({ traceId }) => traceId));
  expect(kept('genai-chat')).toEqual(new Set([traces.failed, traces.cut]));
  // The edge sees a status alone: what a stream says is between the function and its client.
  expect(kept('genai-edge')).toEqual(new Set([traces.failed]));
  const failed = receiver.spans.filter(({ traceId }) => traceId === traces.failed);
  expect(failed.find(({ name }) => name === 'POST /v1/chat/completions')).toMatchObject({
    status: 2,
    attributes: { 'http.response.status_code': 502, 'error.type': 'model_error' },
  });
  expect(failed.filter(({ name }) => name === 'chat simulated').length).toBeGreaterThan(0);
});
