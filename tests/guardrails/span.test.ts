import { expect, test } from 'vitest';
import { createFinderBehind } from '#lib/guardrails/redaction/span.ts';

test('what does not pass is looked at a few times at most, however often it may begin anew', () => {
  const text = 'key:a'.repeat(10_000);
  let looked = 0;
  const find = createFinderBehind(/key:/, /\S{1,250}/, (value) => {
    looked += value.length;
    return false;
  });
  expect([...find(text)]).toEqual([]);
  expect(looked).toBeLessThan(2 * text.length);
});

test('what begins in the end of it is found', () => {
  const text = `key:${'a'.repeat(9)}key:1`;
  const find = createFinderBehind(/key:/, /[a-z]{9}|\d/, (value) => value === '1');
  expect(Array.from(find(text), ({ start, end }) => text.slice(start, end))).toEqual(['1']);
});
