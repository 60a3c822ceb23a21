import { expect, test } from 'vitest';
import type { Exchange } from '../../loadtest/artillery/exchange.ts';
import { judge } from '../../loadtest/artillery/judge.ts';

const tag = 'aaaaaaaaaaaa';
const own = `zq${tag}xcccccc`;
const foreign = 'zqbbbbbbbbbbbbxcccccc';

type Answer = Extract<Exchange, { kind: 'answer' }>;

const whole = { firstTokenAt: 1, text: '', isWhole: true, isFailed: false };
const answer = (changes: Partial<Answer> = {}): Answer => ({
  kind: 'answer',
  status: 200,
  head: 'content-type\napplication/json',
  requestId: 'r1',
  text: `{"answer":"${own}"}`,
  stream: undefined,
  isComplete: true,
  firstByte: 1,
  latency: 2,
  ...changes,
});
const expected = { statuses: [200], tag };
const isRight = (body: string) => body.includes(own);

test('an answer that is right is nothing to report', () =>
  expect(judge(answer(), { ...expected, isRight })).toEqual({
    cause: undefined,
    leaks: [],
    isTruncated: false,
    isWrong: false,
  }));

test.each([
  ['the body', answer({ text: foreign })],
  ['the headers', answer({ head: `x-note\n${foreign}` })],
  ['the body of an error', answer({ status: 500, text: foreign })],
  ['a stream, in pieces', answer({ text: 'zqbbbb', stream: { ...whole, text: foreign } })],
  ['a stream that is cut off', answer({ stream: { ...whole, isWhole: false, text: foreign }, isComplete: false })],
])('a foreign canary in %s is a leak', (_name, exchange) => expect(judge(exchange, expected).leaks).toEqual([foreign]));

test('the own canary that is missing makes an answer wrong', () =>
  expect(judge(answer({ text: '{}' }), { ...expected, isRight })).toMatchObject({
    cause: 'wrong answer',
    isWrong: true,
  }));

test('a stream that is not whole is truncated', () => {
  const exchange = answer({ stream: { ...whole, isWhole: false } });
  const verdict = judge(exchange, { ...expected, isStream: true });
  expect(verdict).toMatchObject({ cause: 'stream truncated', isTruncated: true });
});

test('JSON where a stream was asked for is a truncated stream', () =>
  expect(judge(answer(), { ...expected, isStream: true }).isTruncated).toBe(true));

test('a stream that ends with an error is an error, not a truncated stream', () => {
  const exchange = answer({ stream: { ...whole, isFailed: true } });
  const verdict = judge(exchange, { ...expected, isStream: true });
  expect(verdict).toMatchObject({ cause: 'stream error', isTruncated: false });
});

test('a problem is told apart by its code', () => {
  const text = '{"title":"No room","status":503,"code":"overloaded"}';
  expect(judge(answer({ status: 503, text }), expected).cause).toBe('status 503 overloaded');
});

test.each([500, 503, 404, 429])('a status %i that is not expected is an error', (status) =>
  expect(judge(answer({ status }), expected).cause).toBe(`status ${status}`),
);

test('a refusal that is expected is no error, and its body is no answer', () =>
  expect(judge(answer({ status: 429, text: '{}' }), { tag, statuses: [200, 429], isRight }).cause).toBeUndefined());

test('a connection that breaks is an error', () => {
  expect(judge({ kind: 'failure', reason: 'ECONNRESET' }, expected).cause).toBe('ECONNRESET');
  expect(judge(answer({ isComplete: false }), expected).cause).toBe('body cut off');
});
