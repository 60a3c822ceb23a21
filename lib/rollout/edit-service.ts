import type { KnativeService, KnativeServices, ServiceChange } from './knative-services.ts';
import type { Timing } from './timing.ts';

interface EditDeps {
  services: Pick<KnativeServices, 'find' | 'change'>;
  timing: Timing;
}

/** `undefined` where the service is as it should be. */
export type ToChange = (service: KnativeService) => ServiceChange | undefined;
/** Reads, changes and writes, again where somebody else has written meanwhile: nobody's write is lost. */
export type EditService = (name: string, toChange: ToChange, signal: AbortSignal) => Promise<KnativeService>;

const maxTries = 12;
const maxDelay = 2_000;

export function createEditService({ services, timing }: EditDeps): EditService {
  return async (name, toChange, signal) => {
    for (let tries = 0; tries < maxTries; tries += 1) {
      const service = await services.find(name, signal);
      const change = toChange(service);
      const changed = change ? await services.change(service, change, signal) : service;
      if (changed) return changed;
      await timing.wait(Math.min(50 * 2 ** tries, maxDelay), signal);
    }
    throw new Error(`${name} was changed by others ${maxTries} times in a row`);
  };
}
