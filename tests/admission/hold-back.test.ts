import { expect, test } from 'vitest';
import { createHoldBack } from '#lib/admission/hold-back.ts';

const refusal = new Error('Too many requests');
const patient = new AbortController().signal;

/** The names of what has failed so far, in that order. */
function watch() {
  const order: string[] = [];
  return { order, add: (name: string, work: Promise<never>) => work.catch(() => void order.push(name)) };
}

test('a refusal comes after a moment, as it is', async () => {
  const { order, add } = watch();
  const held = createHoldBack()(refusal, patient);
  const seen = add('held', held);
  await add('at once', Promise.reject(refusal));
  expect(order).toEqual(['at once']);
  await seen;
  await expect(held).rejects.toBe(refusal);
});

test('where too many are held already the next is refused at once, and again held when they are gone', async () => {
  const holdBack = createHoldBack();
  const { order, add } = watch();
  const first = Array.from({ length: 50 }, () => add('held', holdBack(refusal, patient)));
  await add('one too many', holdBack(refusal, patient));
  expect(order).toEqual(['one too many']);
  await Promise.all(first);
  const later = add('later', holdBack(refusal, patient));
  await add('at once', Promise.reject(refusal));
  expect(order.slice(-1)).toEqual(['at once']);
  await later;
});

test('a client that leaves is not waited for, and gives its room back', async () => {
  const holdBack = createHoldBack();
  const left = new AbortController();
  const reason = new Error('The client left');
  const held = Array.from({ length: 50 }, () => holdBack(refusal, left.signal));
  left.abort(reason);
  for (const one of held) await expect(one).rejects.toBe(reason);
  const { order, add } = watch();
  const next = add('held', holdBack(refusal, patient));
  await add('at once', Promise.reject(refusal));
  expect(order).toEqual(['at once']);
  await next;
});
