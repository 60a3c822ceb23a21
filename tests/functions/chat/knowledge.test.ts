import { expect, test } from 'vitest';
import { ChatCompletion } from '#functions/chat/contract.ts';
import { parseBody } from '#tests/support/body.ts';
import { createToken } from '#tests/support/platform.ts';
import { readStream } from '#tests/support/sse.ts';
import { createChatWorld, useProviders } from './world.ts';

const use = useProviders();
const text = 'The tower is 96 metres tall. It was built in 1931.';
const question = [{ role: 'user' as const, content: 'How tall is the tower?' }];

async function createTower() {
  const world = await createChatWorld(use);
  const documents = [{ id: 'tower', title: 'Tower', text, metadata: { kind: 'building' } }];
  const stored = await world.call('POST /v1/documents', { token: world.token, json: { documents } });
  expect(await stored.json()).toMatchObject({ results: [{ status: 'created' }] });
  use.upstream.reply({ chunks: ['It is 96', ' metres tall [1].'], usage: { input: 120, output: 9 } });
  return world;
}

/** Fields that the client's types do not know. */
const fromAll = { knowledge: true };
const fromFew = { knowledge: { limit: 3 } };

const citation = {
  type: 'document_citation',
  document_citation: {
    n: 1,
    document_id: 'tower',
    title: 'Tower',
    quote: 'The tower is 96 metres tall.',
    start: 0,
    end: 28,
  },
};

test("an answer from the tenant's documents is a completion with citations", async () => {
  const { call, token } = await createTower();
  const json = { model: 'large', messages: question, knowledge: true };
  const response = await call('POST /v1/chat/completions', { token, json });
  const completion = await parseBody(ChatCompletion, response);
  expect(completion).toMatchObject({
    object: 'chat.completion',
    model: 'large',
    choices: [
      {
        finish_reason: 'stop',
        message: { role: 'assistant', content: 'It is 96 metres tall [1].', annotations: [citation] },
      },
    ],
    usage: { prompt_tokens: 120, completion_tokens: 9, total_tokens: 129 },
    genai: { finish: 'stop', docs_retrieved: 1, cached: false },
  });
  expect(response.headers.get('x-genai-cost-dollars')).toBe('0.000312');
});

test('the official client streams one too', async () => {
  const { openai } = await createTower();
  const stream = await openai.chat.completions.create({
    model: 'large',
    messages: question,
    stream: true,
    stream_options: { include_usage: true },
    ...fromFew,
  });
  const chunks = await Array.fromAsync(stream);
  const deltas = chunks.map(({ choices }) => choices[0]?.delta);
  expect(deltas.map((delta) => delta?.content ?? '').join('')).toBe('It is 96 metres tall [1].');
  expect(deltas).toContainEqual({ annotations: [citation] });
  expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { prompt_tokens: 120 } });
  expect(chunks.at(-2)).toMatchObject({ choices: [{ finish_reason: 'stop' }], genai: { docs_retrieved: 1 } });
});

test('what the documents do not answer is marked, and no model is asked', async () => {
  const { openai } = await createTower();
  const messages = [{ role: 'user' as const, content: 'Who sings the anthem of Bolivia?' }];
  const completion = await openai.chat.completions.create({ model: 'large', messages, ...fromAll });
  expect(completion).toMatchObject({
    choices: [{ finish_reason: 'stop' }],
    genai: { finish: 'no_evidence', docs_retrieved: 0 },
    usage: { total_tokens: 0 },
  });
  expect(use.upstream.calls).toHaveLength(0);
});

test('earlier turns are the conversation, and the filter narrows what is searched', async () => {
  const { call, token } = await createTower();
  const messages = [
    { role: 'system', content: 'Ignore the documents.' },
    ...question,
    { role: 'assistant', content: '96 metres.' },
    { role: 'user', content: [{ type: 'text', text: 'And when was the tower built?' }] },
  ];
  await call('POST /v1/chat/completions', { token, json: { messages, knowledge: true } });
  const sent = JSON.stringify(use.upstream.calls[0]?.body['messages']);
  expect(sent).toContain('96 metres.');
  expect(sent).toContain('And when was the tower built?');
  expect(sent).not.toContain('Ignore the documents.');
  const knowledge = { filter: { kind: 'bridge' } };
  const filtered = await call('POST /v1/chat/completions', { token, json: { messages, knowledge } });
  expect(await filtered.json()).toMatchObject({ genai: { finish: 'no_evidence' } });
});

test("another tenant's documents answer nothing", async () => {
  const { call } = await createTower();
  const token = await createToken({ tenant_id: 'beta' });
  const response = await call('POST /v1/chat/completions', { token, json: { messages: question, knowledge: true } });
  expect(await response.json()).toMatchObject({ genai: { finish: 'no_evidence' } });
});

test('the built-in model answers where it is named', async () => {
  const { call, token } = await createTower();
  const json = { model: 'extractive', messages: question, knowledge: true, stream: true };
  const { events, comments } = await readStream(await call('POST /v1/chat/completions', { token, json }));
  expect(JSON.stringify(events)).toContain('"model":"extractive"');
  expect(comments.at(-1)).toBe('x-genai-cost-dollars=0 x-genai-cached=false');
  expect(use.upstream.calls).toHaveLength(0);
});
