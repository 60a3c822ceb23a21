import { expect, test } from 'vitest';
import { createTestPlatform, createToken } from '#tests/support/platform.ts';
import { createChatWorld, hello, useProviders } from './world.ts';

const use = useProviders();

test('the models are those of the catalogue, without the built-in one', async () => {
  const { openai } = await createChatWorld(use);
  const { data } = await openai.models.list();
  expect(data.map(({ id }) => id)).toEqual(['large', 'thinker', 'small', 'vectors']);
  expect(data[0]).toEqual({ id: 'large', object: 'model', created: 1_767_225_600, owned_by: 'first' });
  expect(await openai.models.retrieve('small')).toMatchObject({ id: 'small', owned_by: 'second' });
});

test('without a provider there are none, and none is asked', async () => {
  const { call } = await createTestPlatform();
  const token = await createToken();
  expect(await (await call('GET /v1/models', { token })).json()).toEqual({ object: 'list', data: [] });
  const response = await call('POST /v1/chat/completions', { token, json: { messages: hello } });
  expect(await response.json()).toMatchObject({ error: { code: 'invalid_request', param: 'model' } });
});
