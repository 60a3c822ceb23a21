import { describe, expect, test } from 'vitest';
import type { Answer, Call } from '#lib/canary/client.ts';
import { findLeak, holds, showsOwn } from '#lib/canary/find-leak.ts';

const other = { secret: 'c0de0123456789abcdef01234567', mark: 'canary-76543210fedcba9876543210' };
const call: Call = { method: 'POST', path: '/v1/search', token: 't', json: { query: 'x' } };

const toAnswer = (body: string, contentType = 'application/json'): Answer => ({
  status: 200,
  contentType,
  body,
  all: `200 OK\ncontent-type\n${contentType}\n${body}`,
});
const toStream = (...parts: object[]): Answer =>
  toAnswer(parts.map((part) => `data: ${JSON.stringify(part)}\n\n`).join(''), 'text/event-stream; charset=utf-8');

describe('a word is found', () => {
  test.each([0, 1, 2, 3, 4])('in base64 after %i other bytes, whatever follows', (offset) => {
    for (const tail of ['', 'z', 'zz', '\u0000\u0000\u0000']) {
      const bytes = Buffer.from(`${'~'.repeat(offset)}${other.mark}${tail}`);
      expect(holds(`"${bytes.toString('base64')}"`, other.mark)).toBe(true);
      expect(holds(`"${bytes.toString('base64url')}"`, other.mark)).toBe(true);
    }
  });

  test('in any case, and not where a part of it stands', () => {
    expect(holds(other.secret.toUpperCase(), other.secret)).toBe(true);
    expect(holds(other.secret.slice(1), other.secret)).toBe(false);
    expect(holds(Buffer.from(other.mark.slice(2)).toString('base64'), other.mark)).toBe(false);
  });
});

test('a secret that a stream cuts in two is found; parts that are none are passed over', () => {
  const cut = [
    { type: 'text-delta', delta: `It is ${other.secret.slice(0, 9)}` },
    { type: 'text-delta', delta: other.secret.slice(9) },
  ];
  expect(findLeak(call, toStream(...cut), other)).toBe(true);
  expect(findLeak(call, toStream({ type: 'start' }, { delta: 1 }, ...cut.slice(1)), other)).toBe(false);
  expect(findLeak(call, toAnswer('data: {broken\n', 'text/event-stream'), other)).toBe(false);
});

test('an id is a leak unless the caller named it; the secret is one always', () => {
  const id = `${other.mark}-first`;
  const named: Call = { method: 'GET', path: `/v1/documents/${id}`, token: 't' };
  expect(findLeak(call, toAnswer(id), other)).toBe(true);
  expect(findLeak(named, toAnswer(`no document ${id}`), other)).toBe(false);
  expect(findLeak(named, toAnswer(other.secret), other)).toBe(true);
  expect(findLeak({ ...call, json: { cursor: Buffer.from(id).toString('base64url') } }, toAnswer(id), other)).toBe(
    false,
  );
});

test('an answer shows its own by the secret, or by what it was made of', () => {
  expect(showsOwn(toAnswer(other.secret), other)).toBe(true);
  expect(showsOwn(toAnswer('{"docs_retrieved":2}'), other)).toBe(true);
  expect(showsOwn(toAnswer('{"docs_retrieved":0,"hits":[]}'), other)).toBe(false);
});
