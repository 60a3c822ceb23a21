import { expect, test } from 'vitest';
import { createToken } from '#tests/support/platform.ts';
import { startTracedMesh } from './traced-mesh.ts';

test(
  'the first request of a process is traced, though nothing is sampled',
  { timeout: 120_000, retry: 2 },
  async () => {
    const env = { OTEL_TRACES_SAMPLER_ARG: '0' };
    const { url, receiver, end } = await startTracedMesh(['chat'], { env, isCold: true });
    const answer = await fetch(`${url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${await createToken()}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'simulated', messages: [{ role: 'user', content: 'Hello?' }] }),
    });
    expect(answer.status).toBe(200);
    await answer.text();
    await end();

    const edge = receiver.spans.find(({ name }) => name === 'POST /v1/chat/*');
    expect(edge?.attributes).toMatchObject({ 'faas.coldstart': true, 'http.response.status_code': 200 });
    const spans = receiver.spans.filter(({ traceId }) => traceId === edge?.traceId);
    expect(spans.map(({ service, name }) => `${service}:${name}`)).toEqual(
      expect.arrayContaining([
        'genai-edge:POST',
        'genai-chat:POST /v1/chat/completions',
        'genai-chat:admission',
        'genai-chat:chat simulated',
      ]),
    );
    const ids = new Set(spans.map(({ spanId }) => spanId));
    expect(spans.filter(({ parentSpanId }) => parentSpanId === undefined || !ids.has(parentSpanId))).toEqual([edge]);
  },
);
