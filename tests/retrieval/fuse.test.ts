import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fuse } from '#lib/retrieval/fuse.ts';

const scores = fc.uniqueArray(fc.tuple(fc.nat({ max: 50 }), fc.double({ min: -10, max: 100, noNaN: true })), {
  selector: ([row]) => row,
  maxLength: 30,
});

test('min-max: the best of a clause gets its whole weight, the worst next to nothing, the missing nothing', () => {
  const fused = fuse([
    {
      clause: 'lexical',
      weight: 0.7,
      scores: new Map([
        [1, 10],
        [2, 5],
        [3, 0],
      ]),
    },
    {
      clause: 'ngram',
      weight: 0.3,
      scores: new Map([
        [2, 8],
        [4, 4],
      ]),
    },
  ]);
  const byRow = new Map(fused.map((entry) => [entry.row, entry]));
  expect(byRow.get(1)?.score).toBeCloseTo(0.7);
  expect(byRow.get(2)?.score).toBeCloseTo(0.35 + 0.3);
  expect(byRow.get(3)?.score).toBeCloseTo(0.0007);
  expect(byRow.get(4)?.clauses).toEqual({ ngram: expect.closeTo(0.0003) });
  expect(fused.map(({ row }) => row)).toEqual([1, 2, 3, 4]);
});

test('scores are between 0 and 1, best first, equal ones in the order of their rows', () => {
  fc.assert(
    fc.property(scores, scores, (one, other) => {
      const fused = fuse([
        { clause: 'a', weight: 0.7, scores: new Map(one) },
        { clause: 'b', weight: 0.3, scores: new Map(other) },
      ]);
      expect(new Set(fused.map(({ row }) => row)).size).toBe(fused.length);
      fused.forEach((entry, index) => {
        expect(entry.score).toBeGreaterThan(0);
        expect(entry.score).toBeLessThanOrEqual(1.0000001);
        const before = fused[index - 1];
        if (before)
          expect(before.score > entry.score || (before.score === entry.score && before.row < entry.row)).toBe(true);
      });
    }),
  );
});
