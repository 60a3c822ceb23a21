import { expect, test } from 'vitest';
import { toMessagesAttribute } from '#lib/telemetry/tracing/message-text.ts';

test('messages have the form of the GenAI conventions', () => {
  expect(JSON.parse(toMessagesAttribute([{ role: 'user', text: 'Hello' }]))).toEqual([
    { role: 'user', parts: [{ type: 'text', content: 'Hello' }] },
  ]);
});

test('the latest words are kept where there are too many', () => {
  const messages = [
    { role: 'system', text: 'oldest' },
    { role: 'user', text: 'x'.repeat(3_990) },
    { role: 'user', text: 'the latest' },
  ];
  const kept: unknown[] = JSON.parse(toMessagesAttribute(messages));
  expect(kept).toHaveLength(2);
  expect(toMessagesAttribute(messages)).toContain('the latest');
  expect(toMessagesAttribute([{ role: 'user', text: 'y'.repeat(100_000) }]).length).toBeLessThan(4_100);
});
