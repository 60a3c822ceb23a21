export const limits = { p95Milliseconds: 2_500, errorRate: 0.01, leaks: 0 };

export interface Threshold {
  name: string;
  limit: string;
  measured: string;
  isMet: boolean;
}

interface Figures {
  requests: number;
  errors: number;
  leaks: number;
  /** To the first token of streams, to the end of all else; undefined where nothing was answered. */
  p95: number | undefined;
  /** The quiet tenants' p95 before and beside the noisy one. */
  quiet: { alone: number; beside: number } | undefined;
}

const milliseconds = (value: number | undefined): string => (value === undefined ? 'none' : `${Math.round(value)} ms`);

/** How much a noisy neighbour may cost the others: small times may double and more without anybody noticing. */
const toQuietLimit = (alone: number): number => Math.max(2 * alone, alone + 250);

function toQuietThreshold({ alone, beside }: NonNullable<Figures['quiet']>): Threshold {
  const limit = toQuietLimit(alone);
  return {
    name: 'p95 of the quiet tenants beside the noisy one',
    limit: `≤ ${milliseconds(limit)} (alone: ${milliseconds(alone)})`,
    measured: milliseconds(beside),
    isMet: beside <= limit,
  };
}

/** A run without a request or an answer has met nothing. */
export function toThresholds({ requests, errors, leaks, p95, quiet }: Figures): Threshold[] {
  const errorRate = requests === 0 ? 1 : errors / requests;
  return [
    {
      name: 'p95, of streams to the first token',
      limit: `≤ ${milliseconds(limits.p95Milliseconds)}`,
      measured: milliseconds(p95),
      isMet: p95 !== undefined && p95 <= limits.p95Milliseconds,
    },
    {
      name: 'errors',
      limit: `< ${limits.errorRate * 100} %`,
      measured: `${(errorRate * 100).toFixed(2)} %`,
      isMet: errorRate < limits.errorRate,
    },
    { name: 'leaks', limit: String(limits.leaks), measured: String(leaks), isMet: leaks <= limits.leaks },
    ...(quiet ? [toQuietThreshold(quiet)] : []),
  ];
}
