import type { MeteredCall } from './usage-meter.ts';

/** What the operator of the platform takes its own work to cost, in nano-dollars. */
export interface Estimates {
  search: number;
  podSecond: number;
}

interface PlatformWork {
  searches: number;
  /** For which the request was in the pod. */
  seconds: number;
  /** Requests that shared the pod with it, itself included. */
  inFlight: number;
}

const searchName = '_search';
const podSecondsName = '_pod_seconds';

/** Whether it is the platform's own work that is counted under this name, and no model's. */
export const isPlatformWork = (model: string): boolean => model === searchName || model === podSecondsName;

const toEstimate = (kind: 'search' | 'compute', model: string, nanodollars: number): MeteredCall => ({
  provider: 'platform',
  model,
  kind,
  price_version: 'estimate',
  input_tokens: 0,
  cached_input_tokens: 0,
  output_tokens: 0,
  nanodollars: Math.round(nanodollars),
  estimated: true,
  own_key: false,
  outcome: 'success',
});

/** What a request takes of the platform itself, for the ledger; nothing where no price is set. Budgets don't pay for it. */
export function estimateUsage(prices: Estimates, { searches, seconds, inFlight }: PlatformWork): MeteredCall[] {
  return [
    toEstimate('search', searchName, prices.search * searches),
    toEstimate('compute', podSecondsName, (prices.podSecond * seconds) / Math.max(1, inFlight)),
  ].filter(({ nanodollars }) => nanodollars > 0);
}
