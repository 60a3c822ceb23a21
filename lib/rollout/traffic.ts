import type { KnativeService, TrafficTarget } from './knative-services.ts';

const canaryTag = 'canary';

/** Addresses that others have given out stay, without a share of their own. */
const keepTags = (present: readonly TrafficTarget[]): TrafficTarget[] =>
  present.filter(({ tag }) => tag !== undefined && tag !== canaryTag).map((target) => ({ ...target, percent: 0 }));

const toTarget = (revisionName: string, percent: number): TrafficTarget => ({
  revisionName,
  latestRevision: false,
  percent,
});

/** All to one revision. */
export const toPinned = (present: readonly TrafficTarget[], revision: string): TrafficTarget[] => [
  toTarget(revision, 100),
  ...keepTags(present),
];

/** All to the latest revision, whichever that is: what a Service without `traffic` has. */
export const toLatest = (present: readonly TrafficTarget[]): TrafficTarget[] => [
  { latestRevision: true, percent: 100 },
  ...keepTags(present),
];

export const toSplit = (
  present: readonly TrafficTarget[],
  { stable, canary, percent }: { stable: string; canary: string; percent: number },
): TrafficTarget[] => [
  toTarget(stable, 100 - percent),
  { ...toTarget(canary, percent), tag: canaryTag },
  ...keepTags(present),
];

/** The revision that has all the traffic. */
export const carrierOf = ({ presentTraffic }: KnativeService): string | undefined =>
  presentTraffic.find(({ percent, revisionName }) => percent === 100 && revisionName !== undefined)?.revisionName;

/** Its own address, once it has its share. */
export const canaryUrlOf = (
  { presentTraffic }: Pick<KnativeService, 'presentTraffic'>,
  { canary, percent }: { canary: string; percent: number },
): string | undefined =>
  presentTraffic.find(
    (target) => target.tag === canaryTag && target.revisionName === canary && (target.percent ?? 0) === percent,
  )?.url;
