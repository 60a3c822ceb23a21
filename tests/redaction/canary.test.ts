import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { createCanary, findCanaries } from './canary.ts';

const canary = createCanary();
const find = (text: string) => findCanaries({ canary, other: createCanary() }, text);

describe('a canary is found', () => {
  test.each([
    ['as it is', canary],
    ['in capitals', canary.toUpperCase()],
    ['its beginning alone', canary.slice(0, 12)],
    ['its end alone', canary.slice(-12)],
    ['in hexadecimal', Buffer.from(`a${canary}`).toString('hex')],
    ['percent-encoded', Buffer.from(canary).toString('hex').replaceAll(/../g, '%$&')],
    ...[0, 1, 2, 3].map((offset): [string, string] => [
      `in base64 behind ${offset} bytes`,
      Buffer.from(`${'x'.repeat(offset)}${canary}.`).toString('base64'),
    ]),
    ['in base64url', Buffer.from(`?>${canary}`).toString('base64url')],
  ])('%s', (_, text) => {
    expect(find(`before ${text} after`)).toEqual(['canary']);
  });
});

test('what is not there is not found', () => {
  expect(find(createCanary())).toEqual([]);
  expect(find(gzipSync(canary).toString('latin1'))).toEqual([]);
});
