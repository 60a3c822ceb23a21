import type { Figures } from './figures.ts';

export interface Bounds {
  /** A share, by which the canary may also be above the stable revision. */
  maxErrorRate: number;
  /** Seconds that a 95th percentile may always have. */
  maxLatency: number;
  minRequests: number;
}

/** Requests of the rollout itself: a process that dies counts nothing, its callers do. */
export interface Probes {
  sent: number;
  failed: number;
}

export interface Observation {
  canary: Figures;
  stable: Figures;
  probes: Probes;
}

/** How far above the stable revision latency and cost may be. */
const factor = 1.5;
/** Of fewer than these a 95th percentile is one request's chance. */
const fewestSamples = 5;
/** One error alone ends no step early. */
const fewestErrors = 2;

const toPercent = (share: number): string => `${(share * 100).toFixed(1)} %`;

function judgeErrors({ canary, stable }: Observation, { maxErrorRate }: Bounds, isOver: boolean): string | undefined {
  const allowed = stable.errorRate + maxErrorRate;
  if (canary.errorRate <= allowed || (canary.errors < fewestErrors && !isOver)) return undefined;
  return `errors ${toPercent(canary.errorRate)}, at most ${toPercent(allowed)} allowed`;
}

function judgeProbes({ probes }: Observation, { maxErrorRate }: Bounds): string | undefined {
  const { sent, failed } = probes;
  if (failed < fewestErrors || failed / sent <= maxErrorRate) return undefined;
  return `${failed} of ${sent} smoke requests failed`;
}

const judgeRestarts = ({ canary, stable }: Observation): string | undefined =>
  canary.restarts > stable.restarts ? 'a pod was restarted' : undefined;

function judgeLatency(
  name: 'duration' | 'firstToken',
  { canary, stable }: Observation,
  { maxLatency, minRequests }: Bounds,
  isOver: boolean,
): string | undefined {
  const { samples, p95 } = canary[name];
  if (p95 === undefined || samples < (isOver ? fewestSamples : Math.max(minRequests, fewestSamples))) return undefined;
  const known = stable[name].samples < fewestSamples ? 0 : (stable[name].p95 ?? 0);
  const allowed = Math.max(maxLatency, factor * known);
  if (p95 <= allowed) return undefined;
  const what = name === 'duration' ? 'p95' : 'first token p95';
  return `${what} ${p95.toFixed(2)} s, at most ${allowed.toFixed(2)} s allowed`;
}

function judgeCost({ canary, stable }: Observation, { minRequests }: Bounds): string | undefined {
  if (canary.costPerRequest === undefined || stable.costPerRequest === undefined) return undefined;
  if (Math.min(canary.requests, stable.requests) < minRequests) return undefined;
  const allowed = factor * stable.costPerRequest;
  if (canary.costPerRequest <= allowed) return undefined;
  return `cost ${canary.costPerRequest.toFixed(6)} $ a request, at most ${allowed.toFixed(6)} $ allowed`;
}

/** Why the canary must not go on. Before a step is over only what has enough samples to be clear counts. */
export const judge = (observation: Observation, bounds: Bounds, isOver: boolean): string[] =>
  [
    judgeErrors(observation, bounds, isOver),
    judgeProbes(observation, bounds),
    judgeRestarts(observation),
    judgeLatency('duration', observation, bounds, isOver),
    judgeLatency('firstToken', observation, bounds, isOver),
    judgeCost(observation, bounds),
  ].filter((reason) => reason !== undefined);
