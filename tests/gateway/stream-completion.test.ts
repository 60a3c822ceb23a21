import { expect, test } from 'vitest';
import type { ChatEvent } from '#lib/gateway/chat-event.ts';
import { streamCompletion } from '#lib/gateway/stream-completion.ts';
import { createUsageMeter } from '#lib/usage/usage-meter.ts';

const streamOf = async (texts: string[], model = 'named'): Promise<string[]> => {
  const events = async function* (): AsyncGenerator<ChatEvent> {
    for (const data of texts) yield { data, model, chunk: JSON.parse(data) };
  };
  const sent = await Array.fromAsync(streamCompletion(events(), { includesUsage: false, usage: createUsageMeter() }));
  return sent.slice(0, -1);
};

test('the text of an event is left as it is where its model has the same name', async () => {
  const text = '{"id":"c",  "model":"named","choices":[{"index":0,"delta":{"content":"\\u00e9"}}]}';
  expect(await streamOf([text])).toEqual([`data: ${text}\n\n`]);
});

test('the name is replaced where the chunk says it, and nowhere else', async () => {
  const toText = (model: string) =>
    `{"choices":[{"index":0,"delta":{"content":"\\"model\\":\\"up\\""}}],"model" : "${model}"}`;
  const [first, second, other] = await streamOf([toText('up'), toText('up'), toText('up-0613')], 'na$&med');
  for (const sent of [first, second, other])
    expect(sent).toBe(
      'data: {"choices":[{"index":0,"delta":{"content":"\\"model\\":\\"up\\""}}],"model":"na$&med"}\n\n',
    );
});

test('an event of several lines is sent as one', async () => {
  const [sent] = await streamOf(['{"id":"c",\n"choices":[]}']);
  expect(sent).toBe('data: {"id":"c", "choices":[]}\n\n');
});
