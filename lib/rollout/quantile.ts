/** Cumulative counts by the upper bound of their bucket, `Infinity` included. */
export type Buckets = ReadonlyMap<number, number>;

/**
 * As Prometheus' `histogram_quantile` estimates it: linear within the bucket that holds the rank, the
 * highest finite bound where that is the last one.
 * https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile
 */
export function toQuantile(quantile: number, buckets: Buckets): number | undefined {
  const sorted = [...buckets].toSorted(([a], [b]) => a - b);
  const total = sorted.at(-1)?.[1] ?? 0;
  if (total <= 0 || sorted.at(-1)?.[0] !== Infinity) return undefined;
  const rank = quantile * total;
  let lower = 0;
  let below = 0;
  for (const [upper, count] of sorted) {
    if (count >= rank && count > below) {
      if (upper === Infinity) return lower;
      return lower + (upper - lower) * ((rank - below) / (count - below));
    }
    lower = upper;
    below = count;
  }
  return undefined;
}
