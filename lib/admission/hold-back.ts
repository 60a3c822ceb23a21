import { setTimeout as wait } from 'node:timers/promises';
import { abortable } from '#lib/core/abort.ts';

/** Milliseconds. */
const held = 200;
/** Requests that are held back count as load, by which pods are added: fewer than any function's target for one pod. */
const maxHeld = 50;

/** Throws the error, after a moment where not too many wait already; or the signal's reason. */
export type HoldBack = (error: Error, signal: AbortSignal) => Promise<never>;

/** Who asks again at once, whatever it is told, would take the process' time from all others with its refusals. */
export function createHoldBack(): HoldBack {
  let count = 0;
  return async (error, signal) => {
    if (count < maxHeld) {
      count += 1;
      try {
        await abortable(wait(held), signal);
      } finally {
        count -= 1;
      }
    }
    throw error;
  };
}
