import OpenAI from 'openai';
import { expect, test } from 'vitest';
import { createToken } from '#tests/support/platform.ts';
import { createChatWorld, hello, useProviders } from './world.ts';

const use = useProviders();

async function createTenant(settings: object) {
  const world = await createChatWorld(use);
  const admin = await createToken({ role: 'platform_admin', tenant_id: undefined as never });
  const json = { id: 'frugal', name: 'Frugal', ...settings };
  expect((await world.call('POST /v1/tenants', { token: admin, json })).status).toBe(201);
  return { ...world, openai: world.clientOf(await createToken({ tenant_id: 'frugal' })) };
}

const request = { model: 'large', messages: hello, max_tokens: 10 };

test('a budget that the worst case does not fit into lets nothing be called', async () => {
  const { openai } = await createTenant({ budget: { dollars: 0.0001, period: 'total' } });
  const refused = openai.chat.completions.create(request);
  await expect(refused).rejects.toMatchObject({ status: 402, code: 'budget_exhausted', type: 'insufficient_quota' });
  expect(use.upstream.calls).toHaveLength(0);
});

test('a budget is spent by what was really used', async () => {
  const { openai } = await createTenant({ budget: { dollars: 0.0006, period: 'total' } });
  let answers = 0;
  const spending = (async () => {
    for (; answers < 100; answers += 1) await openai.chat.completions.create(request);
  })();
  await expect(spending).rejects.toMatchObject({ status: 402 });
  // At 0.00002 dollars each; the worst case of one more, with its prompt charged twice, is 0.0003 or so.
  expect(answers).toBeGreaterThan(10);
  expect(answers).toBeLessThanOrEqual(30);
});

test('a stream whose provider does not keep to the limit ends with an error event', async () => {
  const { openai } = await createTenant({ budget: { dollars: 1, period: 'total' } });
  use.upstream.reply({ chunks: Array.from({ length: 1_000 }, () => 'word'), delay: 1 });
  let seen = 0;
  const reading = (async () => {
    for await (const _chunk of await openai.chat.completions.create({ ...request, stream: true })) seen += 1;
  })();
  await expect(reading).rejects.toMatchObject({ code: 'budget_exhausted', type: 'insufficient_quota' });
  expect(seen).toBeLessThan(20);
  await expect(use.upstream.calls[0]?.aborted).resolves.toBeDefined();
});

test.each(['/v1/query', '/v1/chat/completions'])(
  'an answer from documents (%s) is held to its limit as well',
  async (path) => {
    const { call } = await createTenant({ budget: { dollars: 1, period: 'total' } });
    const token = await createToken({ tenant_id: 'frugal' });
    const documents = [{ id: 'tower', text: 'The tower is 96 metres tall.' }];
    expect((await call('POST /v1/documents', { token, json: { documents } })).status).toBe(200);
    use.upstream.reply({ chunks: Array.from({ length: 1_000 }, () => 'word '), delay: 1 });
    const question = 'How tall is the tower?';
    const json = path.endsWith('query')
      ? { question, max_output_tokens: 10 }
      : { messages: [{ role: 'user', content: question }], max_tokens: 10, knowledge: true };
    expect((await call(`POST ${path}`, { token, json })).status).toBe(402);
    await expect(use.upstream.calls[0]?.aborted).resolves.toBeDefined();
  },
);

test('a rate that is reached is a RateLimitError with the time to wait, and every answer tells the rate', async () => {
  const { openai } = await createTenant({ limits: { requests_per_minute: 2 } });
  const { response } = await openai.chat.completions.create(request).withResponse();
  expect(response.headers.get('ratelimit-limit') ?? response.headers.get('ratelimit')).toMatch(/\d/);
  await openai.chat.completions.create(request);
  const error = await openai.chat.completions.create(request).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(OpenAI.RateLimitError);
  expect(error).toMatchObject({ code: 'rate_limited', type: 'rate_limit_exceeded' });
  if (error instanceof OpenAI.APIError) expect(Number(error.headers?.get('retry-after'))).toBeGreaterThan(0);
});
