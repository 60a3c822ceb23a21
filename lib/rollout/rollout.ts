import type { AwaitRevision } from './await-revision.ts';
import type { Wanted } from './change-template.ts';
import type { Claim, TakeClaim } from './claim.ts';
import type { ToChange } from './edit-service.ts';
import { recordPromotion, recordRejection } from './history.ts';
import { planRollout, type Plan } from './plan-rollout.ts';
import type { ShiftTraffic } from './shift-traffic.ts';
import type { Smoke } from './smoke.ts';
import { noLease, noState, writeState, type RolloutState } from './state.ts';
import type { Timing } from './timing.ts';
import { canaryUrlOf, toLatest, toPinned, toSplit } from './traffic.ts';
import type { Step, WatchStep } from './watch-step.ts';

interface RolloutDeps {
  takeClaim: TakeClaim;
  awaitRevision: AwaitRevision;
  shift: ShiftTraffic;
  smoke: Pick<Smoke, 'test'>;
  watchStep: WatchStep;
  timing: Pick<Timing, 'now'>;
  report: (line: string) => void;
}

export interface RolloutRequest extends Wanted {
  service: string;
  /** Percent, ascending, the last one 100. */
  steps: readonly number[];
}

/** `returned`: the traffic is the stable revision's again. */
export type RolloutOutcome = 'promoted' | 'returned' | 'unchanged';

const ended = { ...noState, ...noLease };
const releaseTimeout = 10_000;

export function createRollout({ takeClaim, awaitRevision, shift, smoke, watchStep, timing, report }: RolloutDeps) {
  async function begin(claim: Claim, request: RolloutRequest, signal: AbortSignal): Promise<Plan> {
    let plan: Plan | undefined;
    await claim.edit((service) => {
      plan = planRollout(service, request, timing.now());
      return plan.kind === 'start' ? plan.change : undefined;
    }, signal);
    if (!plan) throw new Error('Nothing was planned');
    return plan;
  }

  /** The canary gets the share, and the state says so, in one write. Gives why it must not go on. */
  async function take(
    claim: Claim,
    { stable, canary, percent, ...rest }: RolloutState & { canary: string },
    work: (step: Step) => Promise<string[]>,
    signal: AbortSignal,
  ): Promise<string[]> {
    const split = { stable, canary, percent };
    const annotations = writeState({ ...rest, ...split });
    const toChange: ToChange = ({ traffic }) => ({ traffic: toSplit(traffic, split), annotations });
    const service = await shift(claim, toChange, (changed) => canaryUrlOf(changed, split) !== undefined, signal);
    const url = service && canaryUrlOf(service, split);
    return url === undefined
      ? ['the new traffic did not reach the ingress']
      : work({ ...split, url, startedAt: rest.stepStartedAt, rolloutStartedAt: rest.startedAt });
  }

  async function testCanary({ canary, url }: Step, claim: Claim, signal: AbortSignal): Promise<string[]> {
    const problem = await smoke.test(url, claim, signal);
    if (problem !== undefined) return [problem];
    report(`${canary} answers at ${url}`);
    return [];
  }

  /** Through all the steps that are left; gives the canary, as far as there is one, and why it must not go on. */
  async function climb(claim: Claim, state: RolloutState, request: RolloutRequest, signal: AbortSignal) {
    const awaited = await awaitRevision(request.service, state, claim, signal);
    if (!awaited.isReady) return awaited;
    const { canary } = awaited;
    report(`${canary} is ready`);
    const tested =
      state.percent > 0
        ? []
        : await take(claim, { ...state, canary }, (step) => testCanary(step, claim, signal), signal);
    if (tested.length > 0) return { canary, reasons: tested };
    for (const percent of request.steps.filter((share) => share >= state.percent)) {
      const stepStartedAt = percent === state.percent ? state.stepStartedAt : timing.now();
      const next = { ...state, canary, percent, stepStartedAt };
      const reasons = await take(claim, next, (step) => watchStep(step, claim, signal), signal);
      if (reasons.length > 0) return { canary, reasons };
    }
    return { canary, reasons: [] };
  }

  async function giveBack(
    claim: Claim,
    { stable, canary, reasons }: { stable: string; canary: string | undefined; reasons: readonly string[] },
    signal: AbortSignal,
  ) {
    await claim.edit(
      (service) => ({
        traffic: toPinned(service.traffic, stable),
        annotations: { ...ended, ...recordRejection(service, canary) },
      }),
      signal,
    );
    report(`stopped: ${reasons.join('\n  ')}`);
    report(`all traffic is back at ${stable}`);
    return 'returned' as const;
  }

  async function promote(claim: Claim, { stable, canary }: { stable: string; canary: string }, signal: AbortSignal) {
    await claim.edit((service) => {
      const { traffic, latestCreated, observedGeneration, generation } = service;
      // A change that Knative has not taken in yet will make a later revision.
      const isLatest = latestCreated === canary && observedGeneration >= generation;
      return {
        traffic: isLatest ? toLatest(traffic) : toPinned(traffic, canary),
        annotations: { ...ended, ...recordPromotion(service, canary, stable) },
      };
    }, signal);
    report(`${canary} has all traffic`);
    return 'promoted' as const;
  }

  async function run(claim: Claim, request: RolloutRequest, signal: AbortSignal): Promise<RolloutOutcome> {
    const plan = await begin(claim, request, signal);
    if (plan.kind === 'nothing') {
      report(`nothing to roll out: ${plan.stable} is what ${request.service} should be`);
      return 'unchanged';
    }
    const { stable, percent } = plan.state;
    report(plan.kind === 'start' ? `${stable} keeps all traffic` : `going on at ${percent} % of the traffic`);
    const { canary, reasons } = await climb(claim, plan.state, request, signal);
    return canary === undefined || reasons.length > 0
      ? giveBack(claim, { stable, canary, reasons }, signal)
      : promote(claim, { stable, canary }, signal);
  }

  return async (request: RolloutRequest, signal: AbortSignal): Promise<RolloutOutcome> => {
    const claim = await takeClaim(request.service, signal);
    try {
      return await run(claim, request, signal);
    } finally {
      // Also when interrupted: whoever goes on need not wait until the claim runs out, as it does where this fails.
      await claim.release(AbortSignal.timeout(releaseTimeout)).catch(() => undefined);
    }
  };
}
