import * as conventions from '@opentelemetry/semantic-conventions/incubating';
import { expect, test } from 'vitest';
import { createToken } from '#tests/support/platform.ts';
import type { ReceivedSpan } from '#tests/support/otlp-receiver.ts';
import { startTracedMesh } from './traced-mesh.ts';

const timeout = 120_000;
const published: ReadonlySet<unknown> = new Set(Object.values(conventions));
/** Our own: see docs/operations/observability.md. */
const own = new Set([
  'genai.cache.hit',
  'genai.cache.name',
  'genai.citations',
  'genai.degraded',
  'genai.function',
  'genai.request_id',
  'genai.retrieval.hits',
  'genai.retrieval.mode',
  'genai.tenant_id',
]);

const secretText = 'The vault of Zanzibar opens at nine';
const question = 'When does the vault of Zanzibar open?';

/** A span's names from its root down. */
function pathOf(spans: readonly ReceivedSpan[], span: ReceivedSpan): string {
  const parent = spans.find(({ spanId }) => spanId === span.parentSpanId);
  const name = `${span.service}:${span.name}`;
  return parent ? `${pathOf(spans, parent)} > ${name}` : name;
}

test('a question is one connected trace through edge, function, search and model', { timeout }, async () => {
  const { url, receiver, upstream, end } = await startTracedMesh(['query', 'documents']);
  const headers = {
    authorization: `Bearer ${await createToken({ role: 'tenant_admin' })}`,
    'content-type': 'application/json',
  };
  const post = (path: string, body: object, more = {}) =>
    fetch(url + path, { method: 'POST', headers: { ...headers, ...more }, body: JSON.stringify(body) });
  const documents = [{ id: 'vault', title: 'Vault', text: secretText }];
  expect((await post('/v1/documents', { documents })).status).toBe(200);

  upstream.reply({ chunks: ['It opens at nine [1].'], usage: { input: 90, output: 6 } });
  const traceId = '0af7651916cd43dd8448eb211c80319c';
  const traceparent = `00-${traceId}-b7ad6b7169203331-00`;
  const answer = await post(
    '/v1/query?debug=canary',
    { question },
    { traceparent, tracestate: 'vendor=1', baggage: 'a=b' },
  );
  expect(answer.status).toBe(200);
  await answer.text();
  await end();

  const spans = receiver.spans.filter((span) => span.traceId === traceId);
  const paths = spans.map((span) => pathOf(spans, span));
  const inFunction = 'genai-edge:POST /v1/query/* > genai-edge:POST > genai-query:POST /v1/query';
  expect(paths).toEqual(
    expect.arrayContaining([
      'genai-edge:POST /v1/query/*',
      'genai-edge:POST /v1/query/* > genai-edge:POST',
      inFunction,
      `${inFunction} > genai-query:admission`,
      `${inFunction} > genai-query:answer`,
      `${inFunction} > genai-query:answer > genai-query:cache`,
      `${inFunction} > genai-query:answer > genai-query:retrieval`,
      `${inFunction} > genai-query:answer > genai-query:retrieval > genai-query:search`,
      `${inFunction} > genai-query:answer > genai-query:chat simulated`,
      `${inFunction} > genai-query:answer > genai-query:citations`,
      `${inFunction} > genai-query:settlement`,
    ]),
  );
  expect(paths.some((path) => path.endsWith('genai-query:embeddings simulated-embedding'))).toBe(true);
  const roots = spans.filter(({ parentSpanId }) => !spans.some(({ spanId }) => spanId === parentSpanId));
  expect(roots.map(({ parentSpanId }) => parentSpanId)).toEqual(['b7ad6b7169203331']);

  const chat = spans.find(({ name }) => name === 'chat simulated');
  expect(chat?.attributes).toMatchObject({
    'gen_ai.operation.name': 'chat',
    'gen_ai.provider.name': 'openai',
    'gen_ai.request.model': 'simulated',
    'gen_ai.response.finish_reasons': ['stop'],
    'gen_ai.usage.input_tokens': 90,
    'gen_ai.usage.output_tokens': 6,
    'gen_ai.response.time_to_first_chunk': expect.any(Number),
    'server.address': '127.0.0.1',
    'genai.tenant_id': 'acme',
  });
  const names = new Set(
    receiver.spans.flatMap(({ attributes, resource }) => Object.keys({ ...attributes, ...resource })),
  );
  expect([...names].filter((name) => !published.has(name) && !own.has(name))).toEqual([]);

  const call = upstream.calls.find(({ path }) => path.endsWith('/chat/completions'));
  expect(call?.headers['traceparent']).toBe(`00-${traceId}-${chat?.spanId}-01`);
  expect(call?.headers).not.toHaveProperty('tracestate');
  expect(call?.headers).not.toHaveProperty('baggage');

  const sent = receiver.bodies.join('\n');
  const secrets = ['Zanzibar', 'opens at nine', 'canary', headers.authorization.slice(7)];
  expect(secrets.filter((secret) => sent.includes(secret))).toEqual([]);
});
