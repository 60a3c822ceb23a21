/** What one clause of a search found: its score of each row, higher is better. */
export interface ClauseScores<Clause extends string> {
  clause: Clause;
  weight: number;
  scores: ReadonlyMap<number, number>;
}

export interface FusedRow<Clause extends string> {
  row: number;
  score: number;
  clauses: Partial<Record<Clause, number>>;
}

/** The least a found row gets, as OpenSearch's min-max normalization has it: below it is only "not found". */
const floor = 0.001;

/** Best first; rows of equal score in the order of their numbers, so that pages never overlap. */
function rank<Clause extends string>(
  shares: Iterable<{ row: number; clause: Clause; share: number }>,
): FusedRow<Clause>[] {
  const fused = new Map<number, FusedRow<Clause>>();
  for (const { row, clause, share } of shares) {
    const entry: FusedRow<Clause> = fused.get(row) ?? { row, score: 0, clauses: {} };
    entry.score += share;
    entry.clauses[clause] = share;
    fused.set(row, entry);
  }
  return [...fused.values()].toSorted((a, b) => b.score - a.score || a.row - b.row);
}

/**
 * Min-max normalization and the weighted arithmetic mean: each clause's scores are stretched to 0–1
 * before they are added, a row that a clause did not find gets 0 from it.
 */
export function fuse<Clause extends string>(clauses: readonly ClauseScores<Clause>[]): FusedRow<Clause>[] {
  const total = clauses.reduce((sum, { weight }) => sum + weight, 0);
  return rank(
    clauses.flatMap(({ clause, weight, scores }) => {
      const values = [...scores.values()];
      const least = values.reduce((a, b) => Math.min(a, b), Infinity);
      const range = values.reduce((a, b) => Math.max(a, b), -Infinity) - least;
      const toShare = (score: number) => (weight / total) * (range > 0 ? Math.max((score - least) / range, floor) : 1);
      return [...scores].map(([row, score]) => ({ row, clause, share: toShare(score) }));
    }),
  );
}

/** The constant of Cormack, Clarke and Büttcher 2009. */
const rankConstant = 60;

/** Reciprocal rank fusion: only the order within each clause counts. */
export const fuseRanks = <Clause extends string>(clauses: readonly ClauseScores<Clause>[]): FusedRow<Clause>[] =>
  rank(
    clauses.flatMap(({ clause, scores }) =>
      [...scores]
        .toSorted(([rowA, a], [rowB, b]) => b - a || rowA - rowB)
        .map(([row], index) => ({ row, clause, share: 1 / (rankConstant + index + 1) })),
    ),
  );
