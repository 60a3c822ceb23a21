import { setTimeout as wait } from 'node:timers/promises';
import type { TenantRef } from '#lib/tenancy/state-key.ts';
import { searchUnavailable } from './errors.ts';
import { lockMilliseconds } from './ledger-scripts.ts';
import type { Ledger, LedgerEntry } from './ledger.ts';

export interface HeldWrites {
  /**
   * What the ledger says, where no write has begun since the hold did and none is under way: the moment to
   * put another index in place. Throws `search_unavailable` where that can't be said any more.
   */
  confirm(): Promise<readonly LedgerEntry[]>;
}

const pollMilliseconds = 250;
const renewMilliseconds = lockMilliseconds / 3;
const endMilliseconds = 5_000;

/**
 * Does `work` while no new write of the tenant can begin, once those under way have ended: they wait, they
 * do not fail. Throws `search_unavailable` where they don't end, or another holds writes back.
 */
export async function holdWrites<T>(
  ledger: Pick<Ledger, 'hold' | 'letGo'>,
  tenant: TenantRef,
  by: string,
  work: (held: HeldWrites) => Promise<T>,
  signal: AbortSignal,
): Promise<T> {
  async function hold() {
    const held = await ledger.hold(tenant, by, signal);
    if (!held) throw searchUnavailable(new Error('Writes are being held back by another'));
    return held;
  }

  let renewing: NodeJS.Timeout | undefined;
  try {
    let held = await hold();
    for (let waited = 0; !held.isQuiet; waited += pollMilliseconds) {
      if (waited > 4 * lockMilliseconds) throw searchUnavailable(new Error('A write does not end'));
      await wait(pollMilliseconds, undefined, { signal });
      held = await hold();
    }
    const { since } = held;
    // One that fails is noticed when the hold is confirmed.
    renewing = setInterval(() => void ledger.hold(tenant, by, signal).catch(() => undefined), renewMilliseconds);
    return await work({
      async confirm() {
        const now = await hold();
        if (now.since !== since || !now.isQuiet)
          throw searchUnavailable(new Error('Writes were not held back in time'));
        return now.entries;
      },
    });
  } finally {
    clearInterval(renewing);
    await ledger.letGo(tenant, by, AbortSignal.timeout(endMilliseconds)).catch(() => undefined);
  }
}
