import type { Claim } from './claim.ts';
import type { ToChange } from './edit-service.ts';
import { readyOf, type KnativeService, type KnativeServices } from './knative-services.ts';
import { poll, type Timing } from './timing.ts';

interface ShiftTrafficDeps {
  services: Pick<KnativeServices, 'find'>;
  timing: Timing;
  /** Milliseconds until the ingress has it. */
  timeout: number;
}

/**
 * Writes the change and waits until requests go where it says; `undefined` where that takes too long. Knative may call the
 * routes ready that were there before: `isInPlace` tells them apart.
 */
export type ShiftTraffic = (
  claim: Claim,
  toChange: ToChange,
  isInPlace: (service: KnativeService) => boolean,
  signal: AbortSignal,
) => Promise<KnativeService | undefined>;

export function createShiftTraffic({ services, timing, timeout }: ShiftTrafficDeps): ShiftTraffic {
  return async (claim, toChange, isInPlace, signal) => {
    const { name, generation } = await claim.edit(toChange, signal);
    const attempt = async () => {
      await claim.renew(signal);
      const service = await services.find(name, signal);
      const isTakenIn = service.observedGeneration >= Math.max(generation, service.generation);
      return isTakenIn && readyOf(service.conditions, 'RoutesReady') && isInPlace(service) ? service : undefined;
    };
    return poll(timing, { every: 500, atMost: timeout }, attempt, signal);
  };
}
