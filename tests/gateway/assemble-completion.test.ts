import { expect, test } from 'vitest';
import { assembleCompletion } from '#lib/gateway/assemble-completion.ts';
import type { ChatChunkBody } from '#lib/llm/chat-chunk.ts';
import { toChunk, toEvents } from './events.ts';

const messageOf = async (chunks: ChatChunkBody[]): Promise<unknown> =>
  Object(await assembleCompletion(toEvents(chunks))).body.choices[0].message;

test('text is put together, of the answer and of what other providers call by other names', async () => {
  const message = await messageOf([
    toChunk({ role: 'assistant', content: '' }),
    toChunk({ reasoning_content: 'Hm', reasoning: 'H' }),
    toChunk({ reasoning_content: ', yes', reasoning: 'm' }),
    toChunk({ content: 'Y' }),
    toChunk({ content: 'es', role: 'assistant' }),
    toChunk({ content: null }),
  ]);
  expect(message).toEqual({
    role: 'assistant',
    content: 'Yes',
    refusal: null,
    reasoning_content: 'Hm, yes',
    reasoning: 'Hm',
  });
});

test('calls of tools are told apart by their index, in whatever order their pieces come', async () => {
  const call = (index: number, fields: object) => toChunk({ tool_calls: [{ index, ...fields }] });
  const message = await messageOf([
    call(0, { id: 'a', type: 'function', function: { name: 'first', arguments: '' } }),
    call(1, { id: 'b', type: 'function', function: { name: 'second', arguments: '{' } }),
    call(0, { function: { arguments: '{"x"' } }),
    call(1, { id: 'b', function: { name: 'second', arguments: '}' } }),
    call(0, { function: { arguments: ':1}' } }),
  ]);
  expect(message).toEqual({
    role: 'assistant',
    content: null,
    refusal: null,
    tool_calls: [
      { id: 'a', type: 'function', function: { name: 'first', arguments: '{"x":1}' } },
      { id: 'b', type: 'function', function: { name: 'second', arguments: '{}' } },
    ],
  });
});

test('choices stand in their order, each with its reason and its log probabilities', async () => {
  const logprobs = (token: string) => ({ logprobs: { content: [{ token }], refusal: null } });
  const { body } = await assembleCompletion(
    toEvents([
      toChunk({ content: 'b' }, { index: 1, ...logprobs('b') }),
      toChunk({ content: 'a' }, { index: 0, ...logprobs('a') }),
      toChunk({ content: 'B' }, { index: 1, ...logprobs('B') }),
      toChunk({}, { index: 1, finish_reason: 'length' }),
      toChunk({}, { index: 0, finish_reason: 'stop' }),
      toChunk({}, { index: 0, finish_reason: 'stop' }),
    ]),
  );
  expect(body).toMatchObject({
    object: 'chat.completion',
    model: 'named',
    choices: [
      { index: 0, message: { content: 'a' }, logprobs: { content: [{ token: 'a' }] }, finish_reason: 'stop' },
      {
        index: 1,
        message: { content: 'bB' },
        logprobs: { content: [{ token: 'b' }, { token: 'B' }] },
        finish_reason: 'length',
      },
    ],
  });
});

test('a refusal is one, and what is told of the whole is told once', async () => {
  const { body } = await assembleCompletion(
    toEvents([
      { ...toChunk({ refusal: 'I ' }), service_tier: 'default', usage: null },
      toChunk({ refusal: 'will not' }, { finish_reason: 'stop' }),
      { id: 'c', choices: [], usage: { prompt_tokens: 1, completion_tokens: 2 } },
    ]),
  );
  expect(body).toMatchObject({
    id: 'c',
    service_tier: 'default',
    usage: { prompt_tokens: 1, completion_tokens: 2 },
    choices: [{ message: { content: null, refusal: 'I will not' } }],
  });
});

test('a name that could reach into objects reaches nothing', async () => {
  const delta: object = JSON.parse('{"content":"x","__proto__":{"polluted":true},"a":{"__proto__":{"polluted":true}}}');
  await messageOf([toChunk(delta), toChunk(delta)]);
  expect({}).not.toHaveProperty('polluted');
});

test('what is said under the name of a prototype is not said', async () => {
  const hidden = '"__proto__":{"content":"smuggled","logprobs":"smuggled","created":"smuggled"}';
  const delta: object = JSON.parse(`{${hidden}}`);
  const chunk: ChatChunkBody = JSON.parse(`{${hidden},"choices":[{"index":0,"delta":{${hidden}},${hidden}}]}`);
  for (const chunks of [[toChunk(delta)], [chunk]]) {
    const { body } = await assembleCompletion(toEvents(chunks));
    expect(body['created']).toBeUndefined();
    expect(body['choices']).toMatchObject([{ message: { content: null }, logprobs: null }]);
  }
});

test('an answer without end is given up', async () => {
  const endless = async function* () {
    for (;;) yield* toEvents([toChunk({ content: 'x'.repeat(1024 * 1024) })]);
  };
  await expect(assembleCompletion(endless())).rejects.toMatchObject({ code: 'model_error' });
});

test('log probabilities count as well as words', async () => {
  const logprobs = { content: [{ token: 'x'.repeat(1024 * 1024) }] };
  const long = Array.from({ length: 40 }, () => toChunk({}, { logprobs }));
  await expect(assembleCompletion(toEvents(long))).rejects.toMatchObject({ code: 'model_error' });
});
