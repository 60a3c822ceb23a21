import { expect, test } from 'vitest';
import { createCanary, createTag, findForeignCanaries, toTag } from '../../loadtest/artillery/canary.ts';

const count = () => {
  let next = 0;
  return (limit: number) => next++ % limit;
};

const randomInt = count();
const own = createTag(randomInt);
const foreign = createTag(() => 25);
const canary = createCanary(foreign, randomInt);

test('a canary tells whose it is', () => expect(toTag(canary)).toBe(foreign));

test('the own canaries are no leak', () =>
  expect(findForeignCanaries(`the code is ${createCanary(own, randomInt)}.`, own)).toEqual([]));

test('a foreign canary is found anywhere in a text, once', () =>
  expect(findForeignCanaries(`{"a":"${canary}","b":["x${canary}y"]}`, own)).toEqual([canary]));

test('a canary of nobody known is foreign as well', () =>
  expect(findForeignCanaries('zqaaaaaaaaaaaaxbbbbbb', own)).toEqual(['zqaaaaaaaaaaaaxbbbbbb']));

test('words that only begin alike are none', () =>
  expect(findForeignCanaries('zq zqabc zqabcdefghijklx', own)).toEqual([]));
