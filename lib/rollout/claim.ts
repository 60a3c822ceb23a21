import type { EditService, ToChange } from './edit-service.ts';
import type { KnativeService, KnativeServices } from './knative-services.ts';
import { noLease, readLease, writeLease, type Lease } from './state.ts';
import { poll, type Timing } from './timing.ts';

interface ClaimDeps {
  services: Pick<KnativeServices, 'find'>;
  edit: EditService;
  timing: Timing;
  /** Names this process. */
  holder: string;
}

/** The right to roll one Service out, as long as it is renewed. Each of them throws once it is another's. */
export interface Claim {
  edit(toChange: ToChange, signal: AbortSignal): Promise<KnativeService>;
  /** Writes only when it has to. */
  renew(signal: AbortSignal): Promise<void>;
  release(signal: AbortSignal): Promise<void>;
}

const life = 60_000;
const renewAfter = 15_000;

const isSame = (one: Lease | undefined, other: Lease | undefined): boolean =>
  one?.holder === other?.holder && one?.renewedAt === other?.renewedAt;

const refuse = (name: string, { holder }: Lease): never => {
  throw new Error(`${name} is being rolled out by ${holder}`);
};

export function createTakeClaim({ services, edit, timing, holder }: ClaimDeps) {
  const { now } = timing;

  /** What a process that was killed has left runs out unrenewed, by our clock: that of its holder may be wrong. */
  async function awaitEnd(name: string, left: Lease, signal: AbortSignal): Promise<void> {
    const seen = async () => {
      const lease = readLease(await services.find(name, signal));
      return isSame(lease, left) ? undefined : { lease };
    };
    const changed = await poll(timing, { every: 2_000, atMost: life }, seen, signal);
    if (changed?.lease) refuse(name, changed.lease);
  }

  return async (name: string, signal: AbortSignal): Promise<Claim> => {
    const left = readLease(await services.find(name, signal));
    if (left && left.holder !== holder) await awaitEnd(name, left, signal);

    const take: ToChange = (service) => {
      const lease = readLease(service);
      if (lease && !isSame(lease, left)) refuse(name, lease);
      return { annotations: writeLease({ holder, renewedAt: now() }) };
    };
    await edit(name, take, signal);
    let renewedAt = now();

    const editClaimed = async (toChange: ToChange, until: AbortSignal): Promise<KnativeService> => {
      const changed = await edit(
        name,
        (service) => {
          const lease = readLease(service);
          if (lease?.holder !== holder) throw new Error(`The rollout of ${name} was ended or taken over by another`);
          const change = toChange(service);
          return { ...change, annotations: { ...writeLease({ holder, renewedAt: now() }), ...change?.annotations } };
        },
        until,
      );
      renewedAt = now();
      return changed;
    };

    return {
      edit: editClaimed,
      async renew(until) {
        if (now() - renewedAt >= renewAfter) await editClaimed(() => undefined, until);
      },
      async release(until) {
        await edit(
          name,
          (service) => (readLease(service)?.holder === holder ? { annotations: noLease } : undefined),
          until,
        );
      },
    };
  };
}

export type TakeClaim = ReturnType<typeof createTakeClaim>;
