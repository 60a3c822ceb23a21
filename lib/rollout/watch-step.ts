import type { Claim } from './claim.ts';
import { toFigures, type Figures, type Totals } from './figures.ts';
import { toFiguresLine, toProgressLine } from './figures-text.ts';
import { judge, type Bounds, type Probes } from './gate.ts';
import type { Measure } from './measure.ts';
import type { Smoke } from './smoke.ts';
import type { Timing } from './timing.ts';

/** In milliseconds. */
export interface StepPace {
  pollEvery: number;
  stepLasts: number;
  stepTimeout: number;
}

interface WatchStepDeps {
  measure: Measure;
  smoke: Pick<Smoke, 'probe'>;
  timing: Timing;
  pace: StepPace;
  bounds: Bounds;
  report: (line: string) => void;
}

export interface Step {
  canary: string;
  stable: string;
  url: string;
  percent: number;
  startedAt: number;
  rolloutStartedAt: number;
}

/** Why the canary must not go on; an empty list when the step is passed. */
export type WatchStep = (step: Step, claim: Claim, signal: AbortSignal) => Promise<string[]>;

/** A pod that was silent for longer before the step has ended. */
const lookback = 60 * 60_000;
/** As long as this the canary may be without figures. */
const measurePatience = 60_000;
const probeEvery = 1_000;
const none: Totals = {
  requests: 0,
  errors: 0,
  duration: new Map(),
  firstToken: new Map(),
  cost: undefined,
  restarts: 0,
};

export function createWatchStep({ measure, smoke, timing, pace, bounds, report }: WatchStepDeps): WatchStep {
  const { now, wait } = timing;

  function createReader({ canary, stable, startedAt, rolloutStartedAt }: Step) {
    const from = rolloutStartedAt - lookback;
    const readAt = (at: number, signal: AbortSignal) => measure([canary, stable], { from, at }, signal);
    let first: ReadonlyMap<string, Totals> | undefined;
    let before: ReadonlyMap<string, Totals> | undefined;
    return async (signal: AbortSignal): Promise<{ canary: Figures; stable: Figures }> => {
      first ??= await readAt(rolloutStartedAt, signal);
      before ??= await readAt(startedAt, signal);
      const after = await readAt(now(), signal);
      const since = (earlier: ReadonlyMap<string, Totals>, revision: string) =>
        toFigures(after.get(revision) ?? none, earlier.get(revision) ?? none);
      const present = since(before, stable);
      // With little or no traffic left it is known by what it did in the steps before.
      const isKnown = present.requests >= bounds.minRequests;
      return { canary: since(before, canary), stable: isKnown ? present : since(first, stable) };
    };
  }

  /** Until the next poll. Beside real requests ours are few: they would hide what those meet. */
  async function pause(url: string, isQuiet: boolean, probes: Probes, signal: AbortSignal): Promise<Probes> {
    const end = now() + pace.pollEvery;
    let { sent, failed } = probes;
    do {
      const [isGood] = await Promise.all([
        smoke.probe(url, signal),
        wait(isQuiet ? probeEvery : pace.pollEvery, signal),
      ]);
      sent += 1;
      failed += isGood ? 0 : 1;
    } while (now() < end);
    return { sent, failed };
  }

  return async (step, claim, signal) => {
    const read = createReader(step);
    let probes: Probes = { sent: 0, failed: 0 };
    const timeoutAt = now() + pace.stepTimeout;
    let measuredAt = now();
    let requests = 0;
    for (;;) {
      probes = await pause(step.url, requests < bounds.minRequests, probes, signal);
      await claim.renew(signal);
      const figures = await read(signal).catch((error: unknown) => {
        signal.throwIfAborted();
        report(`${step.percent} %  no figures: ${error instanceof Error ? error.message : String(error)}`);
      });
      if (!figures) {
        if (now() - measuredAt < measurePatience) continue;
        return [`there were no figures for ${Math.round((now() - measuredAt) / 1000)} s`];
      }
      measuredAt = now();
      const { canary, stable } = figures;
      requests = canary.requests;
      report(toProgressLine(step.percent, step.canary, canary, stable));
      const isOver = now() - step.startedAt >= pace.stepLasts && requests >= bounds.minRequests;
      const reasons = judge({ ...figures, probes }, bounds, isOver);
      if (reasons.length > 0)
        return [...reasons, toFiguresLine(step.canary, canary), toFiguresLine(step.stable, stable)];
      if (isOver) return [];
      if (now() >= timeoutAt)
        return [`${Math.round(requests)} of ${bounds.minRequests} requests came within ${pace.stepTimeout / 1000} s`];
    }
  };
}
