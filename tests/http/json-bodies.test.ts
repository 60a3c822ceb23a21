import * as v from 'valibot';
import { expect, test } from 'vitest';
import { BatchResponse, DocumentResponse } from '#functions/documents/contract.ts';
import { parseBody } from '#tests/support/body.ts';
import { createTestPlatform, createToken } from '#tests/support/platform.ts';

const headers = { 'content-type': 'application/json' };
const nest = (depth: number): string => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`;
const put = (metadata: string): string => `{"text":"x","metadata":${metadata}}`;
const keys = (count: number, from = 0): string =>
  `{${Array.from({ length: count }, (_, index) => `"k${from + index}":1`).join(',')}}`;
const bytes = (...parts: (string | number[])[]): Uint8Array =>
  Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : Uint8Array.from(part))));

async function send(body: string | Uint8Array) {
  const platform = await createTestPlatform();
  const response = await platform.call('PUT /v1/documents/a', { token: await createToken(), body, headers });
  return { ...platform, response };
}

const refused: Record<string, string | Uint8Array> = {
  nothing: '',
  'no JSON': 'text=x',
  'half a body': '{"text":"x"',
  'two bodies': '{"text":"x"}{"text":"y"}',
  'a comment': '{"text":"x"/* */}',
  'a trailing comma': '{"text":"x",}',
  'an array': '[{"text":"x"}]',
  null: 'null',
  'a text': '"x"',
  'depth 40': put(nest(40)),
  'depth 33': put(nest(32)),
  'depth 100,000': put(nest(100_000)),
  'arrays of depth 100,000': put(`{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`),
  '10,001 keys': put(keys(10_001)),
  'a key twice': '{"text":"x","text":"y"}',
  'a key twice, once escaped': String.raw`{"text":"x","te\u0078t":"y"}`,
  'a key twice deep inside': put('{"a":{"b":1,"b":2}}'),
  __proto__: '{"text":"x","__proto__":{"groups":[]}}',
  '__proto__ inside': put('{"__proto__":{"isAdmin":true}}'),
  '__proto__ escaped': put(String.raw`{"\u005f_proto__":{"isAdmin":true}}`),
  'a lone high surrogate': String.raw`{"text":"x \ud800 y"}`,
  'a lone low surrogate': String.raw`{"text":"x \udc00 y"}`,
  'surrogates the wrong way round': String.raw`{"text":"\ude00\ud83d"}`,
  'a lone surrogate in a key': put(String.raw`{"a\ud800":1}`),
  'a byte that is no UTF-8': bytes('{"text":"x', [0xff], '"}'),
  'an overlong byte sequence': bytes('{"text":"x', [0xc0, 0xaf], '"}'),
  'a surrogate in UTF-8': bytes('{"text":"x', [0xed, 0xa0, 0x80], '"}'),
  'a cut character': bytes('{"text":"x', [0xe2, 0x82], '"}'),
  'UTF-16': Uint8Array.from(Buffer.from('\ufeff{"text":"x"}', 'utf16le')),
  NaN: put('{"a":NaN}'),
  Infinity: put('{"a":-Infinity}'),
  'a number too large for a double': put('{"a":1e999}'),
  'a raw line break in a text': '{"text":"a\nb"}',
};

test.each(Object.entries(refused))('%s is refused', async (_name, body) => {
  const { response } = await send(body);
  expect(response.status).toBe(400);
  expect(response.headers.get('content-type')).toBe('application/problem+json');
  expect(await response.json()).toMatchObject({ code: 'invalid_request' });
  expect(({} as Record<string, unknown>)['isAdmin']).toBeUndefined();
});

test.each([
  ['depth 10', put(nest(9))],
  ['150 keys', put(keys(150))],
  ['a pair of surrogates', String.raw`{"text":"\ud83d\ude00"}`],
  ['an escaped backslash before u', String.raw`{"text":"\\ud800"}`],
  ['braces in a text', JSON.stringify({ text: '{'.repeat(50_000) })],
  ['the same key in two objects', put('{"a":{"k":1},"b":{"k":2}}')],
  ['white space', ' \r\n\t{ "text" : "x" } \n'],
])('%s is not', async (_name, body) => {
  const { response } = await send(body);
  expect(response.status, await response.clone().text()).toBe(201);
});

test.each(['constructor', 'prototype', 'toString', 'hasOwnProperty'])(
  'a key that is called %s is kept, or refused, but not lost',
  async (name) => {
    const { call, response } = await send(put(`{"${name}":"x","inner":{"${name}":"y"}}`));
    expect([201, 400]).toContain(response.status);
    if (response.status === 400) return;
    const stored = await call('GET /v1/documents/a', { token: await createToken() });
    const { metadata } = await parseBody(DocumentResponse, stored);
    const inner = v.parse(v.looseObject({}), metadata['inner']);
    expect(Object.entries(metadata)).toContainEqual([name, 'x']);
    expect(Object.entries(inner)).toEqual([[name, 'y']]);
  },
);

test('a list is no object', async () => {
  const { response } = await send(put('["x"]'));
  expect(response.status).toBe(400);
});

test('the same traps in NDJSON fail their line alone', async () => {
  const { call } = await createTestPlatform();
  const lines = [
    '{"id":"good","text":"x"}',
    '{"id":"twice","text":"x","text":"y"}',
    '{"id":"proto","text":"x","__proto__":{}}',
    String.raw`{"id":"lone","text":"\ud800"}`,
    `{"id":"deep","text":"x","metadata":${nest(50)}}`,
    '{"id":"last","text":"x"}',
  ];
  const response = await call('POST /v1/documents', {
    token: await createToken(),
    body: lines.join('\n'),
    headers: { 'content-type': 'application/x-ndjson' },
  });
  expect(response.status).toBe(200);
  const { results } = await parseBody(BatchResponse, response);
  expect(results.map(({ status }) => status)).toEqual(['created', 'failed', 'failed', 'failed', 'failed', 'created']);
});
