import { canonicalJson } from '#lib/core/digest.ts';
import { changeTemplate, type Wanted } from './change-template.ts';
import type { KnativeService, ServiceChange } from './knative-services.ts';
import { readState, writeState, type RolloutState } from './state.ts';
import { carrierOf, toPinned } from './traffic.ts';

/** How a rollout begins: with a change of the Service, where an earlier one was left, or not at all. */
export type Plan =
  | { kind: 'start'; state: RolloutState; change: ServiceChange }
  | { kind: 'resume'; state: RolloutState }
  | { kind: 'nothing'; stable: string };

const isSame = (state: RolloutState, { image, env }: Wanted): boolean =>
  (image === undefined && env.length === 0) ||
  canonicalJson({ image: state.image ?? null, env: state.env }) === canonicalJson({ image: image ?? null, env });

/** Throws where the Service is not in a state to begin from. */
export function planRollout(service: KnativeService, wanted: Wanted, now: number): Plan {
  const { name, traffic, containers, latestCreated, generation, observedGeneration } = service;
  const left = readState(service);
  if (left) {
    if (isSame(left, wanted)) return { kind: 'resume', state: left };
    throw new Error(`A rollout of another image or environment of ${name} is unfinished: finish it, or roll it back`);
  }
  const stable = carrierOf(service);
  if (stable === undefined) throw new Error(`No revision of ${name} has 100 % of its traffic: give it to one first`);
  if (latestCreated === undefined || observedGeneration < generation)
    throw new Error(`Knative has not taken in the last change of ${name} yet: try again`);

  const changed = changeTemplate(containers, wanted);
  if (!changed && latestCreated === stable) return { kind: 'nothing', stable };
  const state: RolloutState = {
    stable,
    latest: latestCreated,
    ...(changed ? {} : { canary: latestCreated }),
    ...(wanted.image === undefined ? {} : { image: wanted.image }),
    env: [...wanted.env],
    percent: 0,
    startedAt: now,
    stepStartedAt: now,
  };
  // Traffic is held by the same write that makes the new revision: none can reach it in between.
  const change = {
    annotations: writeState(state),
    traffic: toPinned(traffic, stable),
    ...(changed ? { containers: changed } : {}),
  };
  return { kind: 'start', state, change };
}
