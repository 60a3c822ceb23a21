import { expect, test } from 'vitest';
import { createChatWorld, hello, useProviders } from './world.ts';

const use = useProviders();

test.each([false, true])(
  'a completion that is asked for again with its key is the same one (stream: %s)',
  async (stream) => {
    const { call, token } = await createChatWorld(use);
    const ask = (content = 'Hello?') =>
      call('POST /v1/chat/completions', {
        token,
        json: { model: 'large', messages: [{ role: 'user', content }], stream },
        headers: { 'idempotency-key': 'once' },
      });
    const first = await (await ask()).text();
    const again = await ask();
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    expect(await again.text()).toBe(first);
    if (!stream) expect(again.headers.get('x-genai-cost-dollars')).toBe('0.00002');
    expect(use.upstream.calls).toHaveLength(1);
    const other = await ask('Who?');
    expect(other.status).toBe(409);
    expect(await other.json()).toMatchObject({ error: { code: 'idempotency_conflict' } });
  },
);

test('the official client names its key by an option', async () => {
  const { openai } = await createChatWorld(use);
  const request = { model: 'large', messages: hello };
  const options = { headers: { 'Idempotency-Key': 'once' } };
  const first = await openai.chat.completions.create(request, options);
  expect(await openai.chat.completions.create(request, options)).toEqual(first);
  expect(use.upstream.calls).toHaveLength(1);
});
