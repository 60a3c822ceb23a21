import { DefaultChatTransport, readUIMessageStream, uiMessageChunkSchema, type UIMessage } from 'ai';
import { expect, test } from 'vitest';
import { readStream } from '#tests/support/sse.ts';
import { createPlatform, question, sse, useUpstream } from './tower.ts';

const use = useUpstream();

test("the AI SDK's own client reads the stream", async () => {
  const { listen, token } = await createPlatform(use.upstream);
  const url = await listen();
  use.upstream.reply({ chunks: ['It is 96', ' metres tall [1].'], usage: { input: 10, output: 5 } });
  const transport = new DefaultChatTransport<UIMessage>({
    api: `${url}/v1/query`,
    headers: { authorization: `Bearer ${token}`, ...sse },
    prepareSendMessagesRequest: () => ({ body: { question } }),
  });
  const stream = await transport.sendMessages({
    chatId: 'c',
    messages: [],
    abortSignal: undefined,
    trigger: 'submit-message',
    messageId: undefined,
  });
  let last: UIMessage | undefined;
  for await (const message of readUIMessageStream({ stream })) last = message;
  expect(last?.parts.map(({ type }) => type)).toEqual(['source-document', 'text', 'data-citations', 'data-usage']);
  expect(last?.parts).toContainEqual(
    expect.objectContaining({ type: 'text', text: 'It is 96 metres tall [1].', state: 'done' }),
  );
  expect(last?.metadata).toMatchObject({ finish: 'stop', model: 'simulated', docs_retrieved: 1 });
});

test("every part passes the AI SDK's own schema of the stream", async () => {
  const { call, token } = await createPlatform(use.upstream);
  use.upstream.reply({ chunks: ['96 metres [1]'] });
  const stream = await readStream(await call('POST /v1/query', { token, json: { question }, headers: sse }));
  const schema = uiMessageChunkSchema();
  for (const event of stream.events) {
    expect(await schema.validate?.(event)).toMatchObject({ success: true });
  }
});
