/** Grades of the documents that answer a query; all others count for nothing. */
export type Judgments = Readonly<Record<string, number>>;

const gain = (grades: readonly number[]): number =>
  grades.slice(0, 10).reduce((sum, grade, rank) => sum + grade / Math.log2(rank + 2), 0);

/** Normalized discounted cumulative gain of the first ten, 0 to 1 (Järvelin and Kekäläinen 2002). */
export function toNdcg(found: readonly string[], judgments: Judgments): number {
  const ideal = gain(Object.values(judgments).toSorted((a, b) => b - a));
  return ideal === 0 ? 0 : gain(found.map((id) => judgments[id] ?? 0)) / ideal;
}
