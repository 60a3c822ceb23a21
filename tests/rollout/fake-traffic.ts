import type { Totals } from '#lib/rollout/figures.ts';
import type { Measure } from '#lib/rollout/measure.ts';

/** How a revision answers. */
export interface Behaviour {
  /** One in so many requests fails; none where it is absent. */
  failsOneIn?: number;
  seconds?: number;
  firstTokenSeconds?: number;
  dollars?: number;
}

const bounds = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, Infinity];

interface Count {
  requests: number;
  errors: number;
  durations: number[];
  firstTokens: number[];
  cost: number;
}

const toBuckets = (values: readonly number[]) =>
  new Map(bounds.map((bound) => [bound, values.filter((value) => value <= bound).length]));

const toTotals = ({ requests, errors, durations, firstTokens, cost }: Count): Totals => ({
  requests,
  errors,
  duration: toBuckets(durations),
  firstToken: toBuckets(firstTokens),
  cost,
  restarts: 0,
});

/** What the revisions have counted, as a Prometheus that forgets nothing would know it. */
export function createFakeTraffic(behaviourOf: (revision: string) => Behaviour) {
  const counts = new Map<string, Count>();
  const history: { time: number; totals: ReadonlyMap<string, Totals> }[] = [];

  return {
    request(revision: string) {
      const known = counts.get(revision) ?? { requests: 0, errors: 0, durations: [], firstTokens: [], cost: 0 };
      const { failsOneIn = Infinity, seconds = 0.2, firstTokenSeconds = 0.4, dollars = 0.001 } = behaviourOf(revision);
      counts.set(revision, known);
      known.requests += 1;
      if (known.requests % failsOneIn === 0) known.errors += 1;
      known.durations.push(seconds);
      known.firstTokens.push(firstTokenSeconds);
      known.cost += dollars;
    },
    remember(time: number) {
      history.push({ time, totals: new Map([...counts].map(([revision, count]) => [revision, toTotals(count)])) });
    },
    measure: (async (_revisions, { at }) =>
      history.findLast(({ time }) => time <= at)?.totals ?? new Map()) satisfies Measure,
  };
}
