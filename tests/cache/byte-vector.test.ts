import fc from 'fast-check';
import { expect, test } from 'vitest';
import { cosine, decodeByteVector, encodeByteVector, toByteVector } from '#lib/cache/byte-vector.ts';

const vector = (size: number) =>
  fc
    .array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: size, maxLength: size })
    .filter((values) => Math.hypot(...values) > 0.1)
    .map((values) => Float32Array.from(values));

test('a vector keeps its direction: its cosine with itself stays 1 within a thousandth', () => {
  fc.assert(
    fc.property(vector(64), (values) => {
      const kept = decodeByteVector(encodeByteVector(toByteVector(values)));
      expect(kept).toHaveLength(64);
      expect(cosine(values, kept)).toBeGreaterThan(0.999);
    }),
  );
});

test('vectors at right angles, of other lengths, or without direction are not alike', () => {
  const right = Float32Array.from([1, 0]);
  expect(cosine(right, toByteVector(Float32Array.from([0, 1])))).toBe(0);
  expect(cosine(right, toByteVector(Float32Array.from([1, 0, 0])))).toBe(0);
  expect(cosine(right, toByteVector(Float32Array.from([0, 0])))).toBe(0);
});
