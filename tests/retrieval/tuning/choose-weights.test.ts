import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  bm25,
  chooseWeights,
  minQueries,
  rankDocuments,
  type ClauseList,
  type JudgedQuery,
} from '#lib/retrieval/tuning/choose-weights.ts';
import { toNdcg } from '#lib/retrieval/tuning/ndcg.ts';
import { createRandom, toPairedDifference } from '#lib/retrieval/tuning/paired-difference.ts';

const toList = (documents: readonly string[]): ClauseList =>
  new Map(documents.map((documentId, rank) => [documentId, { documentId, score: 1 - rank / documents.length }]));

/** The right document comes at this place of each clause's list of twenty. */
function toQuery(places: { lexical: number; ngram: number; vector: number }, name: number): JudgedQuery {
  const list = (clause: string, place: number) =>
    toList(Array.from({ length: 20 }, (_, rank) => (rank === place ? 'right' : `${clause}${name}-${rank}`)));
  return {
    lists: {
      lexical: list('l', places.lexical),
      ngram: list('n', places.ngram),
      vector: list('v', places.vector),
    },
    judgments: { right: 1 },
  };
}

const clauses = ['lexical', 'ngram', 'vector'] as const;

test('nDCG is 1 for the best order, falls with the rank, and counts ten places', () => {
  expect(toNdcg(['a', 'b', 'x'], { a: 2, b: 1 })).toBe(1);
  expect(toNdcg(['x', 'a'], { a: 1 })).toBeCloseTo(1 / Math.log2(3), 10);
  expect(toNdcg([...Array.from({ length: 10 }, (_, index) => `x${index}`), 'a'], { a: 1 })).toBe(0);
  expect(toNdcg(['b', 'a'], { a: 2, b: 1 })).toBeCloseTo((1 + 2 / Math.log2(3)) / (2 + 1 / Math.log2(3)), 10);
});

test('a difference comes with an interval that holds its mean, and is the same each time', () => {
  const random = createRandom(3);
  const first = Array.from({ length: 200 }, () => random());
  const second = first.map((value) => value - 0.1);
  const difference = toPairedDifference(first, second);
  expect(difference.mean).toBeCloseTo(0.1, 10);
  expect(difference.low).toBeCloseTo(0.1, 6);
  expect(toPairedDifference(first, second)).toEqual(difference);
  const noisy = toPairedDifference(first, first.toReversed());
  expect(noisy.low).toBeLessThan(noisy.mean);
  expect(noisy.high).toBeGreaterThan(noisy.mean);
});

test('a clause that knows better gets the weight', () => {
  const queries = Array.from({ length: 60 }, (_, index) => toQuery({ lexical: 5, ngram: 7, vector: 0 }, index));
  const { weights, heldOut, crossValidated } = chooseWeights(queries, clauses);
  expect(weights.vector).toBeGreaterThan(weights.lexical);
  expect(heldOut.difference.mean).toBeGreaterThan(0);
  expect(crossValidated.difference.low).toBeGreaterThan(0);
});

test('where nothing beats BM25, BM25 it is', () => {
  const queries = Array.from({ length: 60 }, (_, index) => toQuery({ lexical: 0, ngram: 9, vector: 9 }, index));
  expect(chooseWeights(queries, clauses).weights).toEqual(bm25);
});

test('a clause that is not there gets no weight', () => {
  const queries = Array.from({ length: 60 }, (_, index) => toQuery({ lexical: 5, ngram: 0, vector: 0 }, index));
  expect(chooseWeights(queries, ['lexical', 'ngram']).weights.vector).toBe(0);
});

test('what is chosen is never below BM25 on the queries that had no part in choosing', () => {
  const place = fc.integer({ min: 0, max: 12 });
  const query = fc.record({ lexical: place, ngram: place, vector: place });
  fc.assert(
    fc.property(fc.array(query, { minLength: 30, maxLength: 50 }), (places) => {
      const { weights, heldOut, crossValidated } = chooseWeights(places.map(toQuery), clauses);
      if (weights === bm25) return;
      expect(heldOut.ndcg).toBeGreaterThan(heldOut.bm25);
      expect(crossValidated.ndcg).toBeGreaterThan(crossValidated.bm25);
    }),
    { numRuns: 15 },
  );
});

test('too few queries decide nothing', () => {
  const queries = Array.from({ length: minQueries - 1 }, (_, index) =>
    toQuery({ lexical: 1, ngram: 1, vector: 0 }, index),
  );
  expect(() => chooseWeights(queries, clauses)).toThrow(RangeError);
});

test('documents are ranked by the weighted sum of their best passage', () => {
  const lists = {
    lexical: new Map([
      ['a0', { documentId: 'a', score: 1 }],
      ['b0', { documentId: 'b', score: 0.8 }],
      ['a1', { documentId: 'a', score: 0.1 }],
    ]),
    vector: new Map([['b0', { documentId: 'b', score: 1 }]]),
  };
  expect(rankDocuments({ lists, judgments: {} }, bm25)).toEqual(['a', 'b']);
  expect(rankDocuments({ lists, judgments: {} }, { lexical: 0.5, ngram: 0, vector: 0.5 })).toEqual(['b', 'a']);
});
