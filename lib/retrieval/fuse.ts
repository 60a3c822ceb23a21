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

/**
 * Min-max normalization and the weighted arithmetic mean: each clause's scores are stretched to 0–1
 * before they are added, a row that a clause did not find gets 0 from it. Best first; rows of equal
 * score in the order of their numbers, so that pages never overlap.
 */
export function fuse<Clause extends string>(clauses: readonly ClauseScores<Clause>[]): FusedRow<Clause>[] {
  const total = clauses.reduce((sum, { weight }) => sum + weight, 0);
  const fused = new Map<number, FusedRow<Clause>>();
  for (const { clause, weight, scores } of clauses) {
    const values = [...scores.values()];
    const least = values.reduce((a, b) => Math.min(a, b), Infinity);
    const range = values.reduce((a, b) => Math.max(a, b), -Infinity) - least;
    for (const [row, score] of scores) {
      const share = (weight / total) * (range > 0 ? Math.max((score - least) / range, floor) : 1);
      const entry: FusedRow<Clause> = fused.get(row) ?? { row, score: 0, clauses: {} };
      entry.score += share;
      entry.clauses[clause] = share;
      fused.set(row, entry);
    }
  }
  return [...fused.values()].toSorted((a, b) => b.score - a.score || a.row - b.row);
}
