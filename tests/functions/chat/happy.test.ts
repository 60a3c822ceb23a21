import { expect, test } from 'vitest';
import { ChatCompletion } from '#functions/chat/contract.ts';
import { parseBody } from '#tests/support/body.ts';
import { createChatWorld, hello, useProviders } from './world.ts';

const use = useProviders();

test('a completion is what the provider said, under the name of the catalogue', async () => {
  const { openai } = await createChatWorld(use);

  const { data, response } = await openai.chat.completions.create({ model: 'large', messages: hello }).withResponse();

  expect(data).toEqual({
    id: 'chatcmpl-simulated',
    object: 'chat.completion',
    created: 1_700_000_000,
    model: 'large',
    system_fingerprint: 'fp_simulated',
    choices: [
      {
        index: 0,
        message: { role: 'assistant', content: 'Hello there', refusal: null },
        logprobs: null,
        finish_reason: 'stop',
      },
    ],
    usage: {
      prompt_tokens: 2,
      completion_tokens: 2,
      total_tokens: 4,
      prompt_tokens_details: {},
    },
  });
  expect(response.headers.get('x-request-id')).toMatch(/\S/);
  expect(response.headers.get('x-genai-cached')).toBe('false');
  // 2 tokens at 2 dollars a million, and 2 at 8.
  expect(response.headers.get('x-genai-cost-dollars')).toBe('0.00002');
});

test('the provider is called by its own name and key, and always told how long an answer may be', async () => {
  const { openai } = await createChatWorld(use);
  await openai.chat.completions.create({ model: 'large', messages: hello, seed: 7, top_p: 0.5 });
  await openai.chat.completions.create({ model: 'large', messages: hello, max_tokens: 5 });
  await openai.chat.completions.create({ model: 'large', messages: hello, max_completion_tokens: 5_000 });
  const [plain, short, long] = use.upstream.calls;
  expect(plain?.headers.authorization).toBe('Bearer key-of-first');
  expect(plain?.body).toEqual({
    model: 'vendor/large-2026',
    messages: hello,
    seed: 7,
    top_p: 0.5,
    max_tokens: 1_000,
    stream: true,
    stream_options: { include_usage: true },
  });
  expect(short?.body).toMatchObject({ max_tokens: 5 });
  expect(long?.body).toMatchObject({ max_tokens: 1_000 });
  expect(long?.body).not.toHaveProperty('max_completion_tokens');
});

test('a model that reasons is told so by its own name for it, whichever the client used', async () => {
  const { openai, call, token } = await createChatWorld(use);
  const documents = [{ id: 'tower', text: 'The tower is 96 metres tall.' }];
  await call('POST /v1/documents', { token, json: { documents } });
  const question = 'How tall is the tower?';
  const messages = [{ role: 'user' as const, content: question }];
  await openai.chat.completions.create({ model: 'thinker', messages });
  await openai.chat.completions.create({ model: 'thinker', messages, max_tokens: 5 });
  await openai.chat.completions.create({ model: 'thinker', messages, max_completion_tokens: 5_000 });
  await call('POST /v1/chat/completions', {
    token,
    json: { model: 'thinker', messages, max_tokens: 6, knowledge: true },
  });
  await call('POST /v1/query', { token, json: { question, model: 'thinker', max_output_tokens: 7 } });
  const bodies = use.upstream.calls.map(({ body }) => body);
  expect(bodies.map((body) => body['max_completion_tokens'])).toEqual([1_000, 5, 1_000, 6, 7]);
  for (const body of bodies) expect(body).not.toHaveProperty('max_tokens');
});

test('what other providers take is passed on as well, and what is ours is not', async () => {
  const { call, token } = await createChatWorld(use);
  const json = { messages: hello, top_k: 3, min_p: 0.1, tenant_id: 'acme', knowledge: false };
  const completion = await parseBody(ChatCompletion, await call('POST /v1/chat/completions', { token, json }));
  expect(completion.model).toBe('large');
  expect(use.upstream.calls[0]?.body).toMatchObject({ top_k: 3, min_p: 0.1 });
  expect(Object.keys(use.upstream.calls[0]?.body ?? {})).not.toEqual(expect.arrayContaining(['tenant_id']));
  expect(Object.keys(use.upstream.calls[0]?.body ?? {})).not.toEqual(expect.arrayContaining(['knowledge']));
});

test('several choices come with the log probabilities that were asked for', async () => {
  const { openai } = await createChatWorld(use);
  const { choices, usage } = await openai.chat.completions.create({
    model: 'large',
    messages: hello,
    n: 3,
    logprobs: true,
  });
  expect(choices.map(({ index }) => index)).toEqual([0, 1, 2]);
  for (const { message, logprobs } of choices) {
    expect(message.content).toBe('Hello there');
    expect(logprobs?.content?.map(({ token }) => token)).toEqual(['Hello', ' there']);
  }
  expect(usage?.completion_tokens).toBe(6);
});

const weather = {
  type: 'function' as const,
  function: { name: 'weather', parameters: { type: 'object', properties: { city: { type: 'string' } } } },
};
const toolCalls = [
  { id: 'call_1', name: 'weather', arguments: ['{"city"', ':"Par', 'is"}'] },
  { id: 'call_2', name: 'weather', arguments: ['{"city":"Rome"}'] },
];
const wholeCalls = [
  { id: 'call_1', type: 'function', function: { name: 'weather', arguments: '{"city":"Paris"}' } },
  { id: 'call_2', type: 'function', function: { name: 'weather', arguments: '{"city":"Rome"}' } },
];

test('calls of tools are put together, and answers to them passed on', async () => {
  const { openai } = await createChatWorld(use);
  use.upstream.reply({ chunks: [], toolCalls, usage: 'counted' });
  const { choices } = await openai.chat.completions.create({ model: 'large', messages: hello, tools: [weather] });
  expect(choices[0]).toMatchObject({ finish_reason: 'tool_calls', message: { content: null, tool_calls: wholeCalls } });
  const [choice = expect.fail()] = choices;
  const messages = [
    ...hello,
    choice.message,
    { role: 'tool' as const, tool_call_id: 'call_1', content: 'rain' },
    { role: 'tool' as const, tool_call_id: 'call_2', content: [{ type: 'text' as const, text: 'sun' }] },
  ];
  await openai.chat.completions.create({ model: 'large', messages, tools: [weather], tool_choice: 'none' });
  expect(use.upstream.calls[1]?.body).toMatchObject({ messages, tools: [weather], tool_choice: 'none' });
});

test('structured output, images and files pass through', async () => {
  const { openai } = await createChatWorld(use);
  use.upstream.reply({ chunks: ['{"is', 'Cat":true}'] });
  const schema = { type: 'object', properties: { isCat: { type: 'boolean' } } };
  const request = {
    model: 'large',
    messages: [
      {
        role: 'user' as const,
        content: [
          { type: 'text' as const, text: 'A cat?' },
          { type: 'image_url' as const, image_url: { url: 'data:image/png;base64,AAAA', detail: 'low' as const } },
          { type: 'image_url' as const, image_url: { url: 'https://images.example/cat.png' } },
          { type: 'file' as const, file: { filename: 'cat.pdf', file_data: 'data:application/pdf;base64,AAAA' } },
        ],
      },
    ],
    response_format: { type: 'json_schema' as const, json_schema: { name: 'cat', schema } },
  };
  const completion = await openai.chat.completions.parse(request);
  expect(completion.choices[0]?.message.parsed).toEqual({ isCat: true });
  expect(use.upstream.calls[0]?.body).toMatchObject({
    messages: request.messages,
    response_format: request.response_format,
  });
});

test('a body with images may be larger than other bodies, up to 8 MiB', async () => {
  const { openai } = await createChatWorld(use);
  const toMessages = (bytes: number) => [
    {
      role: 'user' as const,
      content: [{ type: 'image_url' as const, image_url: { url: `data:image/png;base64,${'A'.repeat(bytes)}` } }],
    },
  ];
  const messages = toMessages(7 * 1024 * 1024);
  await openai.chat.completions.create({ model: 'large', messages });
  expect(use.upstream.calls[0]?.body['messages']).toEqual(messages);
  const tooLarge = openai.chat.completions.create({ model: 'large', messages: toMessages(9 * 1024 * 1024) });
  await expect(tooLarge).rejects.toMatchObject({ status: 413, code: 'too_large' });
});

test('whoever fails before the first word is replaced by the fallback, which the answer names', async () => {
  const { openai } = await createChatWorld(use);
  use.upstream.reply({ chunks: [], fault: { kind: 'status', status: 500 } });
  const { data, response } = await openai.chat.completions.create({ model: 'large', messages: hello }).withResponse();
  expect(data.model).toBe('small');
  expect(response.headers.get('x-genai-cost-dollars')).toBe('0.00001');
  expect(use.spare.calls[0]?.body).toMatchObject({ model: 'small' });
});

test('its log line names the model and what was used, and nothing that was said', async () => {
  const { openai, logged } = await createChatWorld(use);
  await openai.chat.completions.create({ model: 'large', messages: hello });
  expect(logged.find(({ event }) => event === 'chat_completed')).toMatchObject({
    tenant_id: 'acme',
    model: 'large',
    input_tokens: 2,
    output_tokens: 2,
  });
  expect(logged).toContainEqual(expect.objectContaining({ event: 'audit', action: 'model.complete', target: 'large' }));
  expect(JSON.stringify(logged)).not.toContain('Hello');
});
