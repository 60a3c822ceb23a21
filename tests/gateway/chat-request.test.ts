import * as v from 'valibot';
import { expect, test } from 'vitest';
import { ChatRequestSchema } from '#lib/gateway/chat-request.ts';

const messages = [{ role: 'user', content: 'Hello?' }];
const ofUser = (...content: object[]) => ({ messages: [{ role: 'user', content }] });

const parse = (request: object) => v.safeParse(ChatRequestSchema, request);
const pathOf = (request: object): string | undefined => {
  const [issue] = parse(request).issues ?? [];
  return issue && (v.getDotPath(issue) ?? '');
};

test.each([
  'web_search_options',
  'models',
  'route',
  'provider',
  'plugins',
  'search_parameters',
  'thinking',
  'best_of',
  'audio',
  'extra_body',
])('%s could change the model or its price, and is refused by its name', (name) => {
  expect(pathOf({ messages, [name]: {} })).toBe(name);
});

test.each([
  { top_k: 40, min_p: 0.1, repetition_penalty: 1.1, reasoning_effort: 'low', verbosity: 'low' },
  { tools: [{ type: 'function', function: { name: 'f', strict: true } }], tool_choice: 'auto' },
  { tools: [{ type: 'custom', custom: { name: 'f' } }], parallel_tool_calls: false },
  { functions: [{ name: 'f' }], function_call: { name: 'f' } },
  { prediction: { type: 'content', content: [{ type: 'text', text: 'x' }] } },
  { response_format: { type: 'json_schema', json_schema: { name: 's' } }, logit_bias: { 5: 1 } },
])('%j is taken', (fields) => {
  expect(parse({ messages, ...fields }).issues).toBeUndefined();
});

test.each([{ type: 'web_search' }, { type: 'code_interpreter', container: 'auto' }, { type: 'mcp', server_url: 'x' }])(
  'a tool that the provider runs itself is refused: %j',
  (tool) => {
    expect(pathOf({ messages, tools: [tool] })).toMatch(/^tools\.0/);
  },
);

test.each([
  ofUser({ type: 'file', file: { file_id: 'file-1' } }),
  ofUser({ type: 'file', file: { file_data: 'data:,x', file_id: 'file-1' } }),
  ofUser({ type: 'file', file: { file_data: 'https://10.0.0.1/a.pdf' } }),
  ofUser({ type: 'image_url', image_url: { url: 'http://images.example/a.png' } }),
  ofUser({ type: 'image_url', image_url: { url: 'https://169.254.169.254/' } }),
  { messages: [{ role: 'assistant', content: null, audio: { id: 'audio-1' } }] },
])('what belongs to the account, or to a network, is not to be named: %j', (request) => {
  expect(pathOf(request)).toMatch(/^messages\.0/);
});

test('data is taken, and a message as an answer has it', () => {
  const parts = [
    { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } },
    { type: 'image_url', image_url: { url: 'https://images.example/a.png' } },
    { type: 'input_audio', input_audio: { data: 'AAAA', format: 'wav' } },
    { type: 'file', file: { file_data: 'data:application/pdf;base64,AAAA', filename: 'a.pdf' } },
  ];
  const answer = { role: 'assistant', content: 'x', refusal: null, audio: null, annotations: [], function_call: null };
  expect(parse({ messages: [...ofUser(...parts).messages, answer] }).issues).toBeUndefined();
});
