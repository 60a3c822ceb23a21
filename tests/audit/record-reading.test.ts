import { expect, test } from 'vitest';
import { recordFailure, recordReading, recordStream } from '#lib/audit/record-reading.ts';
import { ApiError, type ProblemCode } from '#lib/core/api-error.ts';
import { calm, createScope } from '#tests/support/scope.ts';

const entry = { action: 'document.read', target: 'one' };

function createReading(signal: AbortSignal = calm) {
  const outcomes: string[] = [];
  const audit = {
    recordAccess: (_actor: unknown, _entry: unknown, outcome = 'success') => void outcomes.push(outcome),
  };
  return { reading: { audit, actor: createScope('acme'), entry, signal }, outcomes };
}

const failWith = (code: ProblemCode) => async () => {
  throw new ApiError(code);
};

async function* parts(count: number, code?: ProblemCode): AsyncGenerator<number> {
  for (let part = 0; part < count; part += 1) yield part;
  if (code) throw new ApiError(code);
}

test.each<[ProblemCode, string[]]>([
  ['not_found', ['not_found']],
  ['search_unavailable', ['search_unavailable']],
  ['overloaded', ['overloaded']],
  // Told by whoever refuses, once.
  ['forbidden', []],
  ['tenant_mismatch', []],
  // Nothing was read, and whoever asks too often must not fill the trail.
  ['rate_limited', []],
  ['concurrency_limited', []],
])('a reading that ends with %s', async (code, expected) => {
  const { reading, outcomes } = createReading();
  await expect(recordReading(reading, failWith(code))).rejects.toMatchObject({ code });
  expect(outcomes).toEqual(expected);
});

test('what succeeds is recorded once, and not where only failures are', async () => {
  const { reading, outcomes } = createReading();
  expect(await recordReading(reading, async () => 1)).toBe(1);
  expect(await recordFailure(reading, async () => 2)).toBe(2);
  expect(outcomes).toEqual(['success']);
});

test('a bug is internal, whoever has left has aborted', async () => {
  const bug = async () => {
    throw new TypeError('x');
  };
  const { reading, outcomes } = createReading();
  await expect(recordReading(reading, bug)).rejects.toThrow(TypeError);
  expect(outcomes).toEqual(['internal']);
  const left = createReading(AbortSignal.abort());
  await expect(recordReading(left.reading, bug)).rejects.toThrow(TypeError);
  expect(left.outcomes).toEqual(['aborted']);
});

test.each<[number, ProblemCode | undefined, string]>([
  [3, undefined, 'success'],
  [0, undefined, 'success'],
  [0, 'model_timeout', 'model_timeout'],
  // What was shown was read.
  [1, 'model_timeout', 'success'],
])('a stream of %d parts that ends with %s is one event', async (count, code, expected) => {
  const { reading, outcomes } = createReading();
  const all = Array.fromAsync(recordStream(reading, parts(count, code)));
  await (code ? expect(all).rejects.toMatchObject({ code }) : expect(all).resolves.toHaveLength(count));
  expect(outcomes).toEqual([expected]);
});
