import type { Exchange } from './exchange.ts';
import type { Verdict } from './judge.ts';

/** The names under which the virtual users count and the report reads. */
export const metricNames = {
  requests: 'load.requests',
  errors: 'load.errors',
  causes: 'load.causes',
  leaks: 'load.leaks',
  truncated: 'load.stream_truncated',
  wrong: 'load.wrong_answer',
  latency: 'load.latency',
  firstByte: 'load.first_byte',
  firstToken: 'load.first_token',
  firstTokenBucket: 'load.first_token_bucket',
  quietAlone: 'load.quiet_alone',
  quietBeside: 'load.quiet_beside',
} as const;

/** Upper bounds of the first-token histogram, in milliseconds. */
export const firstTokenBounds = [25, 50, 100, 200, 400, 800, 1_500, 2_500, 5_000, 10_000, Number.POSITIVE_INFINITY];

export interface MetricEvents {
  emit(event: 'counter' | 'histogram', name: string, value: number): unknown;
}

export interface Measurement {
  endpoint: string;
  /** The noisy tenant's requests tell nothing of what the others wait for. */
  isNoisy: boolean;
  /** Whether the noisy tenant was at it; undefined where there is none. */
  isBeside: boolean | undefined;
  exchange: Exchange;
  verdict: Verdict;
}

/** Counters that must be there even where nothing happened: thresholds read them. */
function countFlags(events: MetricEvents, { cause, leaks, isTruncated, isWrong }: Verdict): void {
  events.emit('counter', metricNames.errors, cause === undefined ? 0 : 1);
  events.emit('counter', metricNames.leaks, leaks.length);
  events.emit('counter', metricNames.truncated, isTruncated ? 1 : 0);
  events.emit('counter', metricNames.wrong, isWrong ? 1 : 0);
}

/** Tells Artillery of one request. */
export function measure(events: MetricEvents, measurement: Measurement): void {
  const { endpoint, isNoisy, isBeside, exchange, verdict } = measurement;
  events.emit('counter', metricNames.requests, 1);
  events.emit('counter', `${metricNames.requests}.${endpoint}`, 1);
  countFlags(events, verdict);
  if (verdict.cause !== undefined) {
    events.emit('counter', `${metricNames.errors}.${endpoint}`, 1);
    events.emit('counter', `${metricNames.causes}.${verdict.cause}`, 1);
  }
  if (exchange.kind === 'failure') return;
  const { latency, firstByte, stream } = exchange;
  events.emit('histogram', `${metricNames.latency}.${endpoint}`, latency);
  events.emit('histogram', `${metricNames.firstByte}.${endpoint}`, firstByte);
  if (isNoisy) return;
  events.emit('histogram', metricNames.latency, latency);
  if (isBeside !== undefined)
    events.emit('histogram', isBeside ? metricNames.quietBeside : metricNames.quietAlone, latency);
  if (stream?.firstTokenAt === undefined) return;
  events.emit('histogram', metricNames.firstToken, latency);
  const bound = firstTokenBounds.find((limit) => latency <= limit);
  events.emit('counter', `${metricNames.firstTokenBucket}.${bound}`, 1);
}
