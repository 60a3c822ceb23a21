import type { RunFacts } from '../../loadtest/report/summary.ts';

export const distribution = (p50: number) => ({ count: 100, min: 1, max: p50 * 4, p50, p95: p50 * 2, p99: p50 * 3 });

const second = 1_700_000_000_000;

/** A run of ten seconds, from the middle of one of Artillery's periods to the middle of the next. */
export const createOutput = (summaries: Record<string, object> = {}) => ({
  aggregate: {
    firstMetricAt: second + 5_000,
    lastMetricAt: second + 15_000,
    counters: {
      'load.requests': 350,
      'load.requests.stream': 50,
      'load.requests.search': 300,
      'load.errors': 10,
      'load.errors.stream': 10,
      'load.causes.stream truncated': 4,
      'load.causes.wrong answer': 6,
      'load.leaks': 1,
      'load.stream_truncated': 4,
      'load.wrong_answer': 6,
      'load.first_token_bucket.25': 39,
      'load.first_token_bucket.Infinity': 1,
      'vusers.created': 3,
    },
    summaries: { 'load.latency': distribution(10), 'load.latency.search': distribution(10), ...summaries },
  },
  intermediate: [
    { period: String(second + 10_000), counters: { 'load.requests': 250, 'load.errors': 10 } },
    { period: second, counters: { 'load.requests': 100 }, summaries: { 'load.latency': distribution(10) } },
  ],
});

export const createFacts = (changes: Partial<RunFacts> = {}): RunFacts => ({
  scenario: 'reference',
  url: 'http://localhost:8000',
  users: 100,
  tenants: 20,
  leakReports: [],
  ...changes,
});
