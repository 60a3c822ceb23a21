import { toIsoTime } from '#lib/core/clock.ts';
import { readyOf, type KnativeService, type Revision } from './knative-services.ts';
import { readLease, readState } from './state.ts';

const toReadiness = (isReady: boolean | undefined): string =>
  isReady === undefined ? 'not ready yet' : isReady ? 'ready' : 'failed';

/** A Service, its rollout if one runs, and its revisions, newest first, with what they get of the traffic. */
export function toStatusLines(service: KnativeService, revisions: readonly Revision[]): string[] {
  const state = readState(service);
  const rollout = state
    ? `  rollout of ${state.canary ?? 'a new revision'} at ${state.percent} % since ${toIsoTime(state.startedAt)}, ` +
      `${readLease(service)?.holder ?? 'run by nobody now'}`
    : '';
  const rows = revisions
    .toSorted((a, b) => b.createdAt - a.createdAt || (a.name < b.name ? 1 : -1))
    .map(({ name, image, conditions }) => {
      const targets = service.presentTraffic.filter(({ revisionName }) => revisionName === name);
      const percent = targets.reduce((total, target) => total + (target.percent ?? 0), 0);
      const tags = targets.map(({ tag }) => tag).filter((tag) => tag !== undefined);
      const share = targets.length === 0 ? '-' : `${percent} %`;
      return `  ${name}  ${share.padEnd(6)}${toReadiness(readyOf(conditions)).padEnd(15)}${image ?? ''}  ${tags.join(' ')}`;
    });
  return [`${service.name}  ${toReadiness(readyOf(service.conditions))}${rollout}`, ...rows].map((line) =>
    line.trimEnd(),
  );
}
