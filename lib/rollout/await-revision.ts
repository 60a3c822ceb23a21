import type { Claim } from './claim.ts';
import { readyOf, type KnativeServices, type Revision } from './knative-services.ts';
import { canaryOf, type RolloutState } from './state.ts';
import { poll, type Timing } from './timing.ts';

interface AwaitRevisionDeps {
  services: Pick<KnativeServices, 'find' | 'listRevisions' | 'explainPods'>;
  timing: Timing;
  /** Milliseconds. */
  pollEvery: number;
  timeout: number;
}

type Awaited =
  | { isReady: true; canary: string; reasons: [] }
  | { isReady: false; canary: string | undefined; reasons: string[] };

/** Until the revision of a rollout is ready, has failed for a while, or the time is over. */
export type AwaitRevision = (
  service: string,
  state: RolloutState,
  claim: Claim,
  signal: AbortSignal,
) => Promise<Awaited>;

/** A pod that cannot start, or an image that cannot be fetched, may be a matter of seconds. */
const failurePatience = 30_000;

export function createAwaitRevision(deps: AwaitRevisionDeps): AwaitRevision {
  const { services, timing, pollEvery, timeout } = deps;

  async function findCanary(name: string, state: RolloutState, signal: AbortSignal): Promise<Revision | undefined> {
    const canary = canaryOf(state, await services.find(name, signal));
    if (canary === undefined) return undefined;
    const revision = (await services.listRevisions(name, signal)).find((one) => one.name === canary);
    if (revision && state.canary === undefined && state.image !== undefined && revision.image !== state.image)
      throw new Error(`${name} was changed by another: ${canary} is not of ${state.image}`);
    return revision;
  }

  async function explain(revision: Revision | undefined, signal: AbortSignal): Promise<string[]> {
    if (!revision) return [`Knative made no revision within ${timeout / 1000} s`];
    const failed = revision.conditions.filter(({ status }) => status === 'False');
    const texts = failed.map(({ type, reason = '', message = '' }) => `${type}: ${reason} ${message}`.trim());
    return [`${revision.name} is not ready`, ...texts, ...(await services.explainPods(revision.name, signal))];
  }

  return async (service, state, claim, signal) => {
    let failedSince: number | undefined;
    let revision: Revision | undefined;
    const attempt = async (): Promise<'ready' | 'failed' | undefined> => {
      await claim.renew(signal);
      revision = await findCanary(service, state, signal);
      const isReady = readyOf(revision?.conditions ?? []);
      if (isReady) return 'ready';
      failedSince = isReady === false ? (failedSince ?? timing.now()) : undefined;
      return failedSince !== undefined && timing.now() - failedSince >= failurePatience ? 'failed' : undefined;
    };
    const end = await poll(timing, { every: pollEvery, atMost: timeout }, attempt, signal);
    return end === 'ready' && revision
      ? { isReady: true, canary: revision.name, reasons: [] }
      : { isReady: false, canary: revision?.name, reasons: await explain(revision, signal) };
  };
}
