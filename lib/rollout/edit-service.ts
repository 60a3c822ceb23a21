import type { KnativeService, KnativeServices, ServiceChange, TrafficTarget } from './knative-services.ts';
import type { Timing } from './timing.ts';

interface EditDeps {
  services: Pick<KnativeServices, 'find' | 'change'>;
  timing: Timing;
}

/** `undefined` where the service is as it should be. */
export type ToChange = (service: KnativeService) => ServiceChange | undefined;
/** Reads, changes and writes, again where somebody else has written meanwhile: nobody's write is lost, or made twice. */
export type EditService = (name: string, toChange: ToChange, signal: AbortSignal) => Promise<KnativeService>;

const maxTries = 12;
const maxDelay = 2_000;

const toText = (traffic: readonly TrafficTarget[]): string =>
  JSON.stringify(traffic.map(({ revisionName, percent = 0, tag }) => [revisionName, percent, tag]));

/** A write whose answer was lost is sent again, and refused because of itself. */
function isWritten(service: KnativeService, { annotations = {}, traffic, containers }: ServiceChange): boolean {
  // Knative fills a container in: what it makes of one does not equal what was sent.
  if (containers) return false;
  const isAnnotated = Object.entries(annotations).every(([key, text]) => (service.annotations[key] ?? null) === text);
  return isAnnotated && (traffic === undefined || toText(traffic) === toText(service.traffic));
}

export function createEditService({ services, timing }: EditDeps): EditService {
  return async (name, toChange, signal) => {
    let tried: ServiceChange | undefined;
    for (let tries = 0; tries < maxTries; tries += 1) {
      const service = await services.find(name, signal);
      if (tried && isWritten(service, tried)) return service;
      const change = toChange(service);
      tried = change;
      const changed = change ? await services.change(service, change, signal) : service;
      if (changed) return changed;
      await timing.wait(Math.min(50 * 2 ** tries, maxDelay), signal);
    }
    throw new Error(`${name} was changed by others ${maxTries} times in a row`);
  };
}
