import { expect, test } from 'vitest';
import { QueryResponse } from '#functions/query/contract.ts';
import { parseBody } from '#tests/support/body.ts';
import { createTestPlatform, createToken } from '#tests/support/platform.ts';
import { readStream, textOf, typesOf } from '#tests/support/sse.ts';

const policy =
  'Goods can be returned within 30 days.\n\nRefunds are paid out five working days after the goods have arrived. Shipping is free above 50 euros.';

async function createPlatformWithPolicy() {
  const platform = await createTestPlatform();
  const token = await createToken();
  const json = { documents: [{ id: 'returns', title: 'Return policy', text: policy }] };
  const stored = await platform.call('POST /v1/documents', { token, json });
  expect(stored.status).toBe(200);
  return { ...platform, token };
}

test('a question is answered with citations whose quotes stand at their offsets', async () => {
  const { call, token } = await createPlatformWithPolicy();

  const response = await call('POST /v1/query', { token, json: { question: 'When are refunds paid out?' } });

  expect(response.status).toBe(200);
  const answer = await parseBody(QueryResponse, response);
  expect(answer).toMatchObject({ finish: 'stop', docs_retrieved: 1, model: 'extractive', cached: false });
  expect(answer.answer).toContain('Refunds are paid out five working days after the goods have arrived. [1]');
  expect(answer.citations).toHaveLength(1);
  const [{ quote, start, end, document_id: id } = expect.fail()] = answer.citations;
  expect(id).toBe('returns');
  expect(policy.slice(start, end)).toBe(quote);
  expect(quote).toContain('five working days');
});

test('the same answer as a stream: sources, text, citations, usage, one finish', async () => {
  const { call, token } = await createPlatformWithPolicy();
  const json = { question: 'When are refunds paid out?' };
  const whole = await parseBody(QueryResponse, await call('POST /v1/query', { token, json }));

  const response = await call('POST /v1/query', { token, json, headers: { accept: 'text/event-stream' } });
  const stream = await readStream(response);

  expect(response.headers.get('x-vercel-ai-ui-message-stream')).toBe('v1');
  expect(stream.comments[0]).toBe('open');
  expect(textOf(stream)).toBe(whole.answer);
  const types = typesOf(stream);
  expect(types.slice(0, 3)).toEqual(['start', 'source-document', 'text-start']);
  expect(types.slice(-4)).toEqual(['text-end', 'data-citations', 'data-usage', 'finish']);
  expect(stream.isDone).toBe(true);
  expect(stream.events.find(({ type }) => type === 'data-citations')?.['data']).toEqual(whole.citations);
});

test('a question that the documents do not answer is refused, not guessed at', async () => {
  const { call, token } = await createPlatformWithPolicy();

  const response = await call('POST /v1/query', { token, json: { question: 'What is the capital of Mongolia?' } });

  expect(await response.json()).toMatchObject({ finish: 'no_evidence', docs_retrieved: 0, citations: [] });
});

test('a follow-up is understood from the question before it', async () => {
  const { call, token } = await createPlatformWithPolicy();
  const conversation = [
    { role: 'user', content: 'When are refunds paid out?' },
    { role: 'assistant', content: 'Five working days after arrival.' },
  ];

  const response = await call('POST /v1/query', { token, json: { question: 'And why so late?', conversation } });

  expect(await response.json()).toMatchObject({ finish: 'stop', docs_retrieved: 1 });
});
