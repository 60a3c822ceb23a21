import { expect, test } from 'vitest';
import type { ChatEvent } from '#lib/gateway/chat-event.ts';
import { streamCompletion } from '#lib/gateway/stream-completion.ts';
import { createUsageMeter } from '#lib/usage/usage-meter.ts';

const toEvent = (data: string, model: string): ChatEvent => ({ data, model, chunk: JSON.parse(data) });

async function send(groups: readonly ChatEvent[][]): Promise<string[]> {
  const events = async function* () {
    yield* groups;
  };
  const sent = await Array.fromAsync(streamCompletion(events(), { includesUsage: false, usage: createUsageMeter() }));
  return sent.slice(0, -1);
}

const streamOf = (texts: string[], model = 'named'): Promise<string[]> =>
  send(texts.map((data) => [toEvent(data, model)]));

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

test('events that come together are sent together, without a usage that nobody asked for', async () => {
  const word = '{"model":"named","choices":[{"index":0,"delta":{"content":"a"}}]}';
  const usage = '{"model":"named","choices":[],"usage":{"prompt_tokens":1,"completion_tokens":1}}';
  const groups = [[word, word, usage], [usage], [word]].map((texts) => texts.map((text) => toEvent(text, 'named')));
  expect(await send(groups)).toEqual([`data: ${word}\n\n`.repeat(2), `data: ${word}\n\n`]);
});
