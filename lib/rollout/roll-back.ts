import type { EditService } from './edit-service.ts';
import { readyOf, type KnativeServices, type Revision } from './knative-services.ts';
import { noLease, noState, readState } from './state.ts';
import { carrierOf, toPinned } from './traffic.ts';

interface RollBackDeps {
  services: Pick<KnativeServices, 'find' | 'listRevisions'>;
  edit: EditService;
}

const byAge = (a: Revision, b: Revision): number => a.createdAt - b.createdAt || (a.name < b.name ? -1 : 1);

export function createRollBack({ services, edit }: RollBackDeps) {
  async function findBefore(service: string, present: string, signal: AbortSignal): Promise<string> {
    const revisions = (await services.listRevisions(service, signal)).toSorted(byAge);
    const older = revisions.slice(
      0,
      Math.max(
        0,
        revisions.findIndex(({ name }) => name === present),
      ),
    );
    const before = older.findLast(({ conditions }) => readyOf(conditions) === true);
    if (!before) throw new Error(`${service} has no ready revision before ${present}`);
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
    const target = running?.stable ?? (await findBefore(service, present ?? '', signal));
    await edit(
      service,
      (now) => {
        if (readState(now)?.startedAt !== running?.startedAt) throw new Error(`${service} has changed meanwhile`);
        return { traffic: toPinned(now.traffic, target), annotations: { ...noState, ...noLease } };
      },
      signal,
    );
    return running
      ? `the rollout of ${running.canary ?? 'a new revision'} is ended: all traffic is back at ${target}`
      : `all traffic of ${service} went from ${present} to ${target}`;
  };
}
