import type { ClauseWeights } from '../engine.ts';
import { toNdcg, type Judgments } from './ndcg.ts';
import { createRandom, toPairedDifference, type PairedDifference } from './paired-difference.ts';

type Clause = keyof ClauseWeights;

/** What one clause alone found: passages by their normalised scores. */
export type ClauseList = ReadonlyMap<string, { documentId: string; score: number }>;

export interface JudgedQuery {
  lists: Partial<Record<Clause, ClauseList>>;
  judgments: Judgments;
}

export interface Choice {
  weights: ClauseWeights;
  /** Of queries that had no part in choosing; above BM25, or else BM25 itself is the choice. */
  heldOut: { ndcg: number; bm25: number; difference: PairedDifference };
  /** The same by cross-validation over the rest: each part judged by what the others chose. */
  crossValidated: { ndcg: number; bm25: number; difference: PairedDifference };
  /** What did best on the rest, also where it was not chosen. */
  best: ClauseWeights;
}

export const minQueries = 25;
const folds = 5;
const heldOutShare = 0.3;
const steps = 10;

/** BM25 alone: what every other weighting has to beat. */
export const bm25: ClauseWeights = { lexical: 1, ngram: 0, vector: 0 };

const countClauses = (weights: ClauseWeights): number => Object.values(weights).filter((weight) => weight > 0).length;

/** Every weighting of the clauses in tenths, those of fewer clauses first. */
function toGrid(clauses: readonly Clause[]): ClauseWeights[] {
  const grid: ClauseWeights[] = [];
  for (let lexical = steps; lexical >= 0; lexical -= 1) {
    for (let ngram = steps - lexical; ngram >= 0; ngram -= 1) {
      const weights = { lexical: lexical / steps, ngram: ngram / steps, vector: (steps - lexical - ngram) / steps };
      if (
        (['lexical', 'ngram', 'vector'] as const).every((clause) => weights[clause] === 0 || clauses.includes(clause))
      )
        grid.push(weights);
    }
  }
  return grid.toSorted((a, b) => countClauses(a) - countClauses(b));
}

/** The documents as the weighted sum orders them, each by its best passage. */
export function rankDocuments({ lists }: JudgedQuery, weights: ClauseWeights): string[] {
  const passages = new Map<string, { documentId: string; score: number }>();
  for (const clause of ['lexical', 'ngram', 'vector'] as const) {
    for (const [id, { documentId, score }] of lists[clause] ?? []) {
      const known = passages.get(id)?.score ?? 0;
      if (weights[clause] > 0) passages.set(id, { documentId, score: known + weights[clause] * score });
    }
  }
  const ordered = [...passages.values()].toSorted((a, b) => b.score - a.score);
  return [...new Set(ordered.map(({ documentId }) => documentId))];
}

function shuffle<T>(values: readonly T[]): T[] {
  const random = createRandom(7);
  return values
    .map((value) => ({ value, order: random() }))
    .toSorted((a, b) => a.order - b.order)
    .map(({ value }) => value);
}

const meanOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

const columnOf = (rows: readonly number[][], column: number): number[] => rows.map((row) => row[column] ?? 0);

const summarize = (chosen: readonly number[], reference: readonly number[]) => ({
  ndcg: meanOf(chosen),
  bm25: meanOf(reference),
  difference: toPairedDifference(chosen, reference),
});

/**
 * The weights that do best on a tenant's own judged queries, by nDCG@10. A third of the queries is kept
 * apart: a weighting that is not above BM25 there, or was not by cross-validation, is not chosen.
 * Throws `RangeError` for fewer than 25 queries.
 */
export function chooseWeights(queries: readonly JudgedQuery[], clauses: readonly Clause[]): Choice {
  if (queries.length < minQueries) throw new RangeError(`At least ${minQueries} judged queries are needed`);
  const grid = toGrid(clauses);
  const gains = shuffle(queries).map((query) =>
    grid.map((weights) => toNdcg(rankDocuments(query, weights), query.judgments)),
  );
  const baseline = grid.findIndex(({ lexical }) => lexical === 1);
  const selectBest = (rows: readonly number[][]) =>
    grid.reduce(
      (best, _, index) => (meanOf(columnOf(rows, index)) > meanOf(columnOf(rows, best)) + 1e-9 ? index : best),
      baseline,
    );

  const apart = gains.slice(0, Math.floor(gains.length * heldOutShare));
  const rest = gains.slice(apart.length);
  const validated = rest.map((row, index) => {
    const others = rest.filter((_, other) => other % folds !== index % folds);
    return row[selectBest(others)] ?? 0;
  });
  const best = selectBest(rest);
  const crossValidated = summarize(validated, columnOf(rest, baseline));
  const heldOut = summarize(columnOf(apart, best), columnOf(apart, baseline));
  const isBetter = crossValidated.difference.mean > 0 && heldOut.difference.mean > 0;
  return {
    weights: isBetter ? (grid[best] ?? bm25) : bm25,
    best: grid[best] ?? bm25,
    heldOut,
    crossValidated,
  };
}
