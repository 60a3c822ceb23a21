import { expect, test } from 'vitest';
import { blocked, createWorld } from './world.ts';

/** Prompts as OpenAI's API has them. */

test('each text of an OpenAI conversation is checked and redacted, and the rest stays', async () => {
  const { guardFor, audited } = createWorld();
  const guard = await guardFor({ redact: ['email'], ...blocked('forbidden') });
  const image = { type: 'image_url', image_url: { url: 'https://a@b.example/x.png' } };
  const call = { id: '1', type: 'function', function: { name: 'mail', arguments: '{"to":"a@b.io"}' } };
  const messages = [
    { role: 'system', content: 'You help c@d.io' },
    { role: 'user', content: [{ type: 'text', text: 'I am a@b.io' }, image] },
    { role: 'assistant', content: null, tool_calls: [call] },
  ];
  expect(guard.guardPrompt({ messages }).messages).toEqual([
    { role: 'system', content: 'You help [REDACTED_EMAIL]' },
    { role: 'user', content: [{ type: 'text', text: 'I am [REDACTED_EMAIL]' }, image] },
    {
      role: 'assistant',
      content: null,
      tool_calls: [{ ...call, function: { name: 'mail', arguments: '{"to":"[REDACTED_EMAIL]"}' } }],
    },
  ]);
  expect(audited, 'once for each kind').toEqual([{ action: 'guardrail.redacted', target: 'email', tenant: 'acme' }]);

  const expectRefused = (message: object, path: string) =>
    expect(() => guard.guardPrompt({ messages: [message] })).toThrow(
      expect.objectContaining({ errors: [{ path, message: 'is blocked by the rule project-x' }] }),
    );
  expectRefused({ role: 'user', content: [image, { type: 'text', text: 'forbidden' }] }, 'messages.0.content.1.text');
  const forbidden = { ...call, function: { name: 'mail', arguments: '{"x":"forbidden"}' } };
  expectRefused({ role: 'assistant', tool_calls: [forbidden] }, 'messages.0.tool_calls.0.function.arguments');
});

test('whatever else a model reads is checked and redacted as well', async () => {
  const { guardFor } = createWorld();
  const guard = await guardFor({ redact: ['email'], ...blocked('forbidden') });
  const prompt = (text: string) => ({
    model: 'm',
    user: text,
    messages: [
      { role: 'user', name: text, content: [{ type: 'refusal', refusal: text }] },
      { role: 'assistant', reasoning_content: text, function_call: { name: 'f', arguments: text } },
      { role: 'tool', tool_call_id: 'x', content: text },
      { role: 'assistant', tool_calls: [{ id: 'x', type: 'custom', custom: { name: 'c', input: text } }] },
    ],
    tools: [{ type: 'function', function: { name: 'f', description: text, parameters: { type: text, enum: [text] } } }],
    functions: [{ name: 'g', description: text }],
    response_format: { type: 'json_schema', json_schema: { name: 's', schema: { description: text } } },
    prediction: { type: 'content', content: [{ type: 'text', text }] },
  });
  const redacted = prompt('[REDACTED_EMAIL]');
  expect(guard.guardPrompt(prompt('a@b.io'))).toEqual({ ...redacted, user: 'a@b.io' });

  const { messages, tools, functions, response_format, prediction } = prompt('forbidden');
  for (const part of [
    { tools },
    { functions },
    { response_format },
    { prediction },
    ...messages.map((m) => ({ messages: [m] })),
  ])
    expect(() => guard.guardPrompt(part), JSON.stringify(part)).toThrow('not valid');
});

test('a file is refused where something in it would have to be redacted, and taken elsewhere', async () => {
  const { guardFor } = createWorld();
  const file = { type: 'file', file: { file_data: 'data:application/pdf;base64,AAAA', filename: 'a.pdf' } };
  const prompt = { messages: [{ role: 'user', content: [file] }] };
  const { guardPrompt } = await guardFor({ redact: ['email'] });
  expect(() => guardPrompt(prompt)).toThrow(
    expect.objectContaining({ errors: [expect.objectContaining({ path: 'messages.0.content.0.file.file_data' })] }),
  );
  expect((await guardFor(blocked('forbidden'))).guardPrompt(prompt)).toEqual(prompt);
});
