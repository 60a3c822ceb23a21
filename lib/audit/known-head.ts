import * as v from 'valibot';
import type { StoredHead } from './audit-store.ts';
import type { ChainFault } from './chain-check.ts';

const Position = v.object({ sequence: v.number(), hash: v.string() });

/** Looks, while a chain is read, for the event that it is known to have had. */
export interface KnownHeadCheck {
  watch(events: readonly unknown[]): void;
  /** Of a chain that holds by itself and was read to its end. */
  findFault(): ChainFault | undefined;
}

/** A chain that was cut off behind a block, or written anew from one on, holds by itself. */
export function createKnownHeadCheck(known: StoredHead, from: string | undefined): KnownHeadCheck {
  let first = 0;
  let last = 0;
  let found: string | undefined;
  return {
    watch(events) {
      for (const event of events) {
        const { success, output } = v.safeParse(Position, event);
        if (!success) continue;
        if (first === 0) first = output.sequence;
        last = output.sequence;
        if (last === known.sequence) found = output.hash;
      }
    },
    findFault() {
      if (last === 0 && from !== undefined && known.timestamp < from) return undefined;
      if (last < known.sequence)
        return { sequence: last + 1, reason: `the chain once reached event ${known.sequence}, and ends before it` };
      if (first > known.sequence || found === known.hash) return undefined;
      return { sequence: known.sequence, reason: 'the chain once had another event here' };
    },
  };
}
