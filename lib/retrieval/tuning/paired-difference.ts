export interface PairedDifference {
  mean: number;
  /** Bounds of the 95 % interval. */
  low: number;
  high: number;
}

const resamples = 2_000;

/** Numbers from 0 to 1 that are the same each time (mulberry32), so that a result can be had again. */
export function createRandom(seed = 1): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const meanOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** How much better the first is than the second, query by query, with the percentile bootstrap's interval (Efron 1979). */
export function toPairedDifference(first: readonly number[], second: readonly number[]): PairedDifference {
  const differences = first.map((value, index) => value - (second[index] ?? 0));
  const random = createRandom();
  const means = Array.from({ length: resamples }, () =>
    meanOf(differences.map(() => differences[Math.floor(random() * differences.length)] ?? 0)),
  ).toSorted((a, b) => a - b);
  return {
    mean: meanOf(differences),
    low: means[Math.floor(resamples * 0.025)] ?? Number.NaN,
    high: means[Math.ceil(resamples * 0.975) - 1] ?? Number.NaN,
  };
}
