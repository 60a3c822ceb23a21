import type { Query } from './dashboard.ts';

/** The median, and what one in twenty and one in a hundred have to wait for, of a histogram's buckets. */
export const toQuantiles = (buckets: string): Query[] =>
  [0.5, 0.95, 0.99].map((quantile) => ({
    expr: `histogram_quantile(${quantile}, sum by (le) (rate(${buckets}[$__rate_interval])))`,
    legend: `p${quantile * 100}`,
    hasExemplars: quantile === 0.95,
  }));
