import { expect, test } from 'vitest';
import { createChatWorld, useProviders } from './world.ts';

const use = useProviders();

const image = {
  type: 'image_url' as const,
  image_url: { url: `data:image/png;base64,${'A'.repeat(2 * 1024 * 1024)}` },
};
const messages = [{ role: 'user' as const, content: [image] }];

test('streams with images under way keep nobody from sending more', async () => {
  const { openai } = await createChatWorld(use);
  use.upstream.reply({ chunks: ['a', 'b'], delay: 60_000 });
  const streams = [];
  for (let count = 0; count < 7; count += 1) {
    const stream = await openai.chat.completions.create({ model: 'large', messages, stream: true });
    streams.push(stream);
    await stream[Symbol.asyncIterator]().next();
  }
  expect(use.upstream.calls).toHaveLength(7);
  for (const { controller } of streams) controller.abort();
});
