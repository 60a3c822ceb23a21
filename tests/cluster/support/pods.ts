import { setTimeout as wait } from 'node:timers/promises';
import * as v from 'valibot';
import { kubectl, readJson } from './kubectl.ts';

const Pods = v.object({
  items: v.array(
    v.object({
      metadata: v.object({
        name: v.string(),
        creationTimestamp: v.string(),
        deletionTimestamp: v.optional(v.string()),
        labels: v.record(v.string(), v.string()),
      }),
      status: v.object({
        podIP: v.optional(v.string()),
        conditions: v.optional(v.array(v.object({ type: v.string(), status: v.string() })), []),
      }),
    }),
  ),
});

export interface Pod {
  name: string;
  ip: string | undefined;
  revision: string;
  isReady: boolean;
  /** Asked to end. */
  isEnding: boolean;
}

/** The pods of a function, those that are ending included. */
export async function listPods(service: string): Promise<Pod[]> {
  const { items } = v.parse(
    Pods,
    await readJson('get', 'pods', '--selector', `serving.knative.dev/service=${service}`),
  );
  return items.map(({ metadata, status }) => ({
    name: metadata.name,
    ip: status.podIP,
    revision: metadata.labels['serving.knative.dev/revision'] ?? '',
    isReady: status.conditions.some(({ type, status: is }) => type === 'Ready' && is === 'True'),
    isEnding: metadata.deletionTimestamp !== undefined,
  }));
}

/** Polls until the condition holds; throws with the description when it does not within the time. */
export async function until(
  description: string,
  isMet: () => Promise<boolean>,
  { seconds = 180, everyMilliseconds = 500 } = {},
): Promise<void> {
  const end = Date.now() + seconds * 1000;
  while (!(await isMet())) {
    if (Date.now() > end) throw new Error(`After ${seconds} s it is not so that ${description}`);
    await wait(everyMilliseconds);
  }
}

/** No pod of the function is left that takes requests. */
export const untilZero = (service: string): Promise<void> =>
  until(`${service} is at zero`, async () => (await listPods(service)).every(({ isEnding }) => isEnding));

/** The log of a pod's function, an event a line. */
export async function readLog(pod: string): Promise<Record<string, unknown>[]> {
  const text = await kubectl('logs', pod, '--container', 'user-container');
  return text
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => v.parse(v.record(v.string(), v.unknown()), JSON.parse(line)));
}
