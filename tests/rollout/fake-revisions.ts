import { readyOf, type Condition, type Revision } from '#lib/rollout/knative-services.ts';

/** The revisions of a Service named `query`; those of the broken images never become ready. */
export function createFakeRevisions(now: () => number, broken: readonly string[]) {
  const revisions: Revision[] = [];

  return {
    add(image: string | undefined) {
      const condition: Condition = broken.includes(image ?? '')
        ? { type: 'Ready', status: 'False', reason: 'ContainerMissing', message: 'Unable to fetch image' }
        : { type: 'Ready', status: 'True' };
      const name = `query-${String(revisions.length + 1).padStart(5, '0')}`;
      revisions.push({ name, createdAt: now(), image, conditions: [condition] });
    },
    list: () => [...revisions],
    latest: () => revisions.at(-1)?.name,
    latestReady: () => revisions.findLast(({ conditions }) => readyOf(conditions) === true)?.name,
  };
}
