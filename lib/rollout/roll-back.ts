import type { EditService } from './edit-service.ts';
import { findReplaced, readRejected, recordRejection } from './history.ts';
import { readyOf, type KnativeService, type KnativeServices, type Revision } from './knative-services.ts';
import { canaryOf, noLease, noState, readState } from './state.ts';
import { carrierOf, toPinned } from './traffic.ts';

interface RollBackDeps {
  services: Pick<KnativeServices, 'find' | 'listRevisions'>;
  edit: EditService;
}

const byAge = (a: Revision, b: Revision): number => a.createdAt - b.createdAt || (a.name < b.name ? -1 : 1);
const isReady = ({ conditions }: Revision): boolean => readyOf(conditions) === true;

export function createRollBack({ services, edit }: RollBackDeps) {
  /** What the promotion of the present revision replaced, or else by age what no rollout has rejected. */
  async function findBefore(service: KnativeService, present: string, signal: AbortSignal): Promise<string> {
    const revisions = (await services.listRevisions(service.name, signal)).toSorted(byAge);
    const replaced = findReplaced(service, present);
    const rejected = readRejected(service);
    const older = revisions.slice(
      0,
      Math.max(
        0,
        revisions.findIndex(({ name }) => name === present),
      ),
    );
    const before =
      revisions.find((revision) => revision.name === replaced && isReady(revision)) ??
      older.findLast((revision) => isReady(revision) && !rejected.includes(revision.name));
    if (!before) throw new Error(`${service.name} has no ready revision before ${present}`);
    return before.name;
  }

  /**
   * Ends a running rollout, whose process finds its claim gone, or else moves to the revision before.
   * Gives what was done.
   */
  return async (service: string, signal: AbortSignal): Promise<string> => {
    const found = await services.find(service, signal);
    const running = readState(found);
    const present = carrierOf(found);
    if (!running && present === undefined)
      throw new Error(`No revision of ${service} has 100 % of its traffic: there is none before it`);
    const target = running?.stable ?? (await findBefore(found, present ?? '', signal));
    await edit(
      service,
      (now) => {
        const state = readState(now);
        if (state?.startedAt !== running?.startedAt) throw new Error(`${service} has changed meanwhile`);
        const rejection = recordRejection(now, state && canaryOf(state, now));
        return { traffic: toPinned(now.traffic, target), annotations: { ...noState, ...noLease, ...rejection } };
      },
      signal,
    );
    return running
      ? `the rollout of ${running.canary ?? 'a new revision'} is ended: all traffic is back at ${target}`
      : `all traffic of ${service} went from ${present} to ${target}`;
  };
}
