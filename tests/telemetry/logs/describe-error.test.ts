import { expect, test } from 'vitest';
import { ApiError } from '#lib/core/api-error.ts';
import { PlainError } from '#lib/core/plain-error.ts';
import { describeError } from '#lib/telemetry/describe-error.ts';
import { ProviderError } from '#lib/llm/provider-error.ts';
import { toStateError } from '#lib/state/redis/errors.ts';

const chainOf = (error: unknown) => describeError(error).chain;

test('the chain has names and codes, and the messages that are our own', () => {
  const cause = new ProviderError("The provider's status is 401", { statusCode: 401, cause: new TypeError('secret') });
  const error = new ApiError('model_error', 'a detail with a secret', { cause });
  expect(chainOf(error)).toEqual([
    'ApiError model_error',
    "ProviderError 401: The provider's status is 401",
    'TypeError',
  ]);
});

test.each([
  ['a message', Object.assign(new Error('secret'), { code: 'ECONNREFUSED' }), 'Error ECONNREFUSED'],
  ['a code that is a text', Object.assign(new Error(), { code: 'sk-secret' }), 'Error'],
  ['a name that is a text', Object.assign(new Error(), { name: 'my secret' }), 'Error'],
  ['other properties', Object.assign(new Error(), { statusCode: 500, requestBodyValues: 'secret' }), 'Error 500'],
  ['a type that is a text', Object.assign(new Error(), { body: { error: { type: 'a secret' } } }), 'Error'],
  [
    'a body',
    Object.assign(new Error(), { body: { error: { type: 'parse_exception', reason: 'secret' } } }),
    'Error parse_exception',
  ],
])('nothing is told of %s', (_, error, line) => {
  expect(chainOf(error)).toEqual([line]);
  expect(JSON.stringify(describeError(error))).not.toContain('secret');
});

test.each([
  ['WRONGPASS invalid username-password pair', 'WRONGPASS'],
  ["ERR unknown command 'x', with args beginning with: 'secret'", 'ERR'],
  ['connect ECONNREFUSED secret', 'ReplyError'],
])('of what Redis says, %s, the code is told', (message, code) => {
  const thrown = Object.assign(new Error(message), { name: 'ReplyError' });
  const told = JSON.stringify(describeError(toStateError(thrown)));
  expect(told).toContain(` ${code}"`);
  expect(told).not.toContain('secret');
});

test('frames are told, and not what a message has that looks like them', () => {
  const { stack } = describeError(new Error('one\n    at secret (file:///secret.ts:1:1)\n    at /secret:1:1'));
  expect(stack[0]).toMatch(/describe-error\.test\.ts:\d+:\d+\)?$/);
  expect(stack.length).toBeLessThanOrEqual(8);
  expect(stack.join()).not.toContain('secret');
});

test('a stack whose message was changed after is left out', () => {
  const error = new Error('other');
  error.stack = 'Error: secret\n    at secret (file:///secret.ts:1:1)';
  expect(describeError(error).stack).toEqual([]);
});

test('chains end, however they are made', () => {
  const error = new PlainError('It goes in circles');
  error.cause = error;
  expect(chainOf(error)).toHaveLength(5);
  expect(describeError('secret')).toEqual({ chain: ['string'], stack: [] });
});
