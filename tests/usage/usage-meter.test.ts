import { expect, test } from 'vitest';
import { createUsageMeter } from '#lib/usage/usage-meter.ts';

const exhausted = expect.objectContaining({ code: 'budget_exhausted' });

test('what is set aside is not there for others until it is given back', () => {
  const meter = createUsageMeter();
  meter.limit = 100;
  const release = meter.reserve(60);
  expect(() => meter.reserve(60)).toThrow(exhausted);
  const other = meter.reserve(40);
  expect(() => meter.reserve(1)).toThrow(exhausted);
  release();
  release();
  expect(() => meter.reserve(61)).toThrow(exhausted);
  other();
  expect(() => meter.reserve(100)).not.toThrow();
});

test('where nothing bounds what is spent, any amount is set aside', () => {
  expect(() => createUsageMeter().reserve(Number.MAX_SAFE_INTEGER)).not.toThrow();
});
