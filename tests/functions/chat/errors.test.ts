import OpenAI from 'openai';
import * as v from 'valibot';
import { expect, test } from 'vitest';
import { createChatApp } from '#functions/chat/app.ts';
import { createToken } from '#tests/support/platform.ts';
import { createChatWorld, hello, useProviders } from './world.ts';

const use = useProviders();

const failureOf = (promise: PromiseLike<unknown>): Promise<unknown> =>
  Promise.resolve(promise).then(
    () => expect.fail('It did not fail'),
    (error: unknown) => error,
  );

test('without a valid credential the client raises its AuthenticationError', async () => {
  const { clientOf } = await createChatWorld(use);
  const error = await failureOf(clientOf('nonsense').chat.completions.create({ model: 'large', messages: hello }));
  expect(error).toBeInstanceOf(OpenAI.AuthenticationError);
  expect(error).toMatchObject({ status: 401, code: 'unauthenticated', type: 'invalid_api_key', param: null });
});

test('whoever may not call it gets its PermissionDeniedError', async () => {
  const { clientOf } = await createChatWorld(use);
  const platform = await createToken({ role: 'platform_admin', tenant_id: undefined as never });
  const error = await failureOf(clientOf(platform).chat.completions.create({ model: 'large', messages: hello }));
  expect(error).toBeInstanceOf(OpenAI.PermissionDeniedError);
  expect(error).toMatchObject({ code: 'forbidden', type: 'permission_error' });
});

test('a request that is not valid is a BadRequestError that names the parameter', async () => {
  const { openai } = await createChatWorld(use);
  const error = await failureOf(openai.chat.completions.create({ model: 'large', messages: hello, temperature: 9 }));
  expect(error).toBeInstanceOf(OpenAI.BadRequestError);
  expect(error).toMatchObject({ code: 'invalid_request', type: 'invalid_request_error', param: 'temperature' });
});

test('an unknown model is a BadRequestError, and where it is asked for, a NotFoundError', async () => {
  const { openai } = await createChatWorld(use);
  const asked = await failureOf(openai.chat.completions.create({ model: 'unknown', messages: hello }));
  expect(asked).toMatchObject({ status: 400, code: 'invalid_request', param: 'model' });
  expect(await failureOf(openai.models.retrieve('unknown'))).toBeInstanceOf(OpenAI.NotFoundError);
});

test.each([
  [{ messages: [] }, 'messages'],
  [{ messages: [{ role: 'judge', content: 'x' }] }, 'messages.0.role'],
  [{ messages: hello, n: 17 }, 'n'],
  [{ messages: hello, max_tokens: 0 }, 'max_tokens'],
  [{ messages: hello, model: 'extractive' }, 'model'],
  [{ messages: hello, model: 'vectors' }, 'model'],
  [{ messages: hello, modalities: ['text', 'audio'] }, 'modalities'],
  [{ messages: hello, service_tier: 'priority' }, 'service_tier'],
  [{ messages: hello, knowledge: { tables: true } }, 'knowledge.tables'],
  [{ messages: hello, web_search_options: {} }, 'web_search_options'],
  [{ messages: hello, models: ['dear'] }, 'models'],
  [{ messages: hello, knowledge: true, n: 2 }, 'n'],
  [{ messages: hello, knowledge: true, tools: [{ type: 'function', function: { name: 'f' } }] }, 'tools'],
  [{ messages: [{ role: 'system', content: 'x' }], knowledge: true }, 'messages'],
  [
    { messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url: 'file:///etc/passwd' } }] }] },
    'messages.0.content.0.image_url.url',
  ],
])('%j is refused before any model is called', async (json, param) => {
  const { call, token } = await createChatWorld(use);
  const response = await call('POST /v1/chat/completions', { token, json });
  expect(response.status).toBe(400);
  const body = await response.json();
  expect(body).toMatchObject({ error: { code: 'invalid_request', type: 'invalid_request_error' } });
  expect(Object(body).error.param).toContain(param.split('.')[0]);
  expect(use.upstream.calls).toHaveLength(0);
});

test('a prompt that is longer than the model takes is told so', async () => {
  const { openai } = await createChatWorld(use);
  const messages = [{ role: 'user' as const, content: 'word '.repeat(20_000) }];
  const error = await failureOf(openai.chat.completions.create({ model: 'large', messages }));
  expect(error).toMatchObject({ status: 400, code: 'context_length_exceeded', param: 'messages' });
  expect(use.upstream.calls).toHaveLength(0);
});

test.each([
  [400, 400, 'invalid_request', 'invalid_request_error'],
  [422, 400, 'invalid_request', 'invalid_request_error'],
  [500, 502, 'model_error', 'server_error'],
  [429, 503, 'model_overloaded', 'server_error'],
])('a provider that answers %d is %d to the client, without its words', async (given, status, code, type) => {
  const { openai } = await createChatWorld(use);
  use.spare.reply({ chunks: [], fault: { kind: 'status', status: given, retryAfter: '30' } });
  const error = await failureOf(openai.chat.completions.create({ model: 'small', messages: hello }));
  expect(error).toMatchObject({ status, code, type });
  expect(JSON.stringify(error)).not.toMatch(/imulated|127\.0\.0\.1/);
  if (error instanceof OpenAI.APIError && status === 503) expect(error.headers?.get('retry-after')).toBe('30');
});

test('every error has the shape of OpenAI and the id of its request', async () => {
  const { call, token } = await createChatWorld(use);
  const Shape = v.strictObject({
    error: v.strictObject({ message: v.string(), type: v.string(), param: v.nullable(v.string()), code: v.string() }),
    request_id: v.string(),
  });
  const json = { messages: hello };
  const responses = await Promise.all([
    call('POST /v1/chat/completions', { json }),
    call('POST /v1/chat/completions', { token, json: {} }),
    call('POST /v1/chat/completions', { token, body: '{', headers: { 'content-type': 'application/json' } }),
    call('POST /v1/chat/completions', { token, body: 'text', headers: { 'content-type': 'text/plain' } }),
    call('POST /v1/embeddings', { token, json: { input: '' } }),
    call('GET /v1/models/none', { token }),
    call('GET /v1/chat/nothing', { token }),
  ]);
  expect(responses.map(({ status }) => status)).toEqual([401, 400, 400, 415, 400, 404, 404]);
  for (const response of responses) {
    expect(response.headers.get('content-type')).toContain('application/json');
    const { request_id: id } = v.parse(Shape, await response.json());
    expect(id).toBe(response.headers.get('x-request-id'));
  }
});

test('on a host of its own it answers a path that is none of its own in the same shape', async () => {
  const { foundation } = await createChatWorld(use);
  const unused = () => expect.fail('nothing was expected to be called');
  const app = createChatApp({
    http: foundation.http,
    receiveBody: unused,
    toDemand: { chat: unused, embeddings: unused },
    completeChat: unused,
    embed: unused,
    listModels: unused,
    getModel: unused,
  });
  const response = await app.request('/elsewhere');
  expect(response.status).toBe(404);
  expect(await response.json()).toMatchObject({ error: { code: 'not_found', type: 'not_found_error' } });
});
