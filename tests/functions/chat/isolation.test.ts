import { expect, test } from 'vitest';
import { createToken } from '#tests/support/platform.ts';
import { createChatWorld, hello, useProviders } from './world.ts';

const use = useProviders();

async function createNarrowTenant(models: string[]) {
  const world = await createChatWorld(use);
  const admin = await createToken({ role: 'platform_admin', tenant_id: undefined as never });
  const created = await world.call('POST /v1/tenants', {
    token: admin,
    json: { id: 'narrow', name: 'Narrow', models },
  });
  expect(created.status).toBe(201);
  const token = await createToken({ tenant_id: 'narrow' });
  return { ...world, token, openai: world.clientOf(token) };
}

test('a tenant sees and uses the models that it is allowed, and no other', async () => {
  const { openai, call, token } = await createNarrowTenant(['small']);
  const { data } = await openai.models.list();
  expect(data.map(({ id }) => id)).toEqual(['small']);
  expect(await openai.chat.completions.create({ messages: hello, model: 'small' })).toMatchObject({ model: 'small' });
  const unnamed = await call('POST /v1/chat/completions', { token, json: { messages: hello } });
  expect(await unnamed.json()).toMatchObject({ model: 'small' });
  expect(use.upstream.calls).toHaveLength(0);
});

test('a model that is not allowed and one that is not there give the same bytes', async () => {
  const { call, token } = await createNarrowTenant(['small']);
  const textOf = async (target: string, json?: object) => {
    const response = await call(target, { token, ...(json ? { json } : {}), headers: { 'x-request-id': 'same' } });
    return `${response.status} ${(await response.text()).replaceAll(/large|absent/g, '')}`;
  };
  const ask = (model: string) => textOf('POST /v1/chat/completions', { model, messages: hello });
  expect(await ask('large')).toBe(await ask('absent'));
  expect(await textOf('GET /v1/models/large')).toBe(await textOf('GET /v1/models/absent'));
  expect(await textOf('POST /v1/embeddings', { model: 'vectors', input: 'x' })).toMatch(/^400 /);
});

test('a fallback that is not allowed is not asked', async () => {
  const { openai } = await createNarrowTenant(['large']);
  use.upstream.reply({ chunks: [], fault: { kind: 'status', status: 500 } });
  await expect(openai.chat.completions.create({ messages: hello, model: 'large' })).rejects.toMatchObject({
    status: 502,
  });
  expect(use.spare.calls).toHaveLength(0);
});

test.each([
  ['the body', { messages: hello, tenant_id: 'beta' }],
  ['the filter of what is searched', { messages: hello, knowledge: { filter: { tenant_id: 'beta' } } }],
])('another tenant in %s is refused and counted', async (_place, json) => {
  const { call, token, metric } = await createChatWorld(use);
  const response = await call('POST /v1/chat/completions', { token, json });
  expect(response.status).toBe(403);
  expect(await response.json()).toMatchObject({ error: { code: 'tenant_mismatch' } });
  expect(await metric('genai_cross_tenant_leakage_attempts_total{kind="body"}')).toBe(1);
  expect(use.upstream.calls).toHaveLength(0);
});

test('who the user is stays here: the provider gets a name that differs from tenant to tenant', async () => {
  const { openai, clientOf } = await createChatWorld(use);
  const other = clientOf(await createToken({ tenant_id: 'beta' }));
  const request = {
    model: 'large',
    messages: hello,
    user: 'ann@acme.test',
    safety_identifier: 'ann@acme.test',
    prompt_cache_key: 'ann@acme.test',
  };
  await openai.chat.completions.create(request);
  await openai.chat.completions.create(request);
  await other.chat.completions.create(request);
  await openai.chat.completions.create({ model: 'large', messages: hello });
  const [first, again, foreign, anonymous] = use.upstream.calls.map(({ body }) => body);
  expect(first?.['user']).toMatch(/^[0-9a-f]{32}$/);
  expect(first).toEqual(again);
  expect(first?.['user']).not.toBe(foreign?.['user']);
  expect(JSON.stringify([first, foreign])).not.toContain('ann@');
  expect(anonymous).not.toHaveProperty('user');
});

test('a tenant whose prompts make the provider fail closes the way to it for itself alone', async () => {
  const { clientOf, token } = await createChatWorld(use);
  use.upstream.reply(({ messages }) =>
    JSON.stringify(messages).includes('poison')
      ? { chunks: [], fault: { kind: 'status', status: 500 } }
      : { chunks: ['fine'] },
  );
  const ask = (as: string, content: string) =>
    clientOf(as).chat.completions.create({ model: 'thinker', messages: [{ role: 'user', content }] });
  for (let time = 0; time < 2; time += 1) await expect(ask(token, 'poison')).rejects.toMatchObject({ status: 502 });
  // The fifth call closes it.
  await expect(ask(token, 'poison')).rejects.toMatchObject({ status: 503 });
  await expect(ask(token, 'Hello?')).rejects.toMatchObject({ status: 503, code: 'model_overloaded' });
  const other = await createToken({ tenant_id: 'beta' });
  expect(await ask(other, 'Hello?')).toMatchObject({ model: 'thinker' });
});
