import type { FairGate } from '#lib/core/fair-gate.ts';
import { isTimeout, withTimeout } from '#lib/core/abort.ts';
import { ApiError } from '#lib/core/api-error.ts';

interface Turn {
  gate: FairGate;
  chain: string;
  milliseconds: number;
}

/** Reads when it is the chain's turn. Throws `concurrency_limited`, `overloaded` where the wait or the reading takes too long. */
export async function inTurn<Found>(
  { gate, chain, milliseconds }: Turn,
  read: (signal: AbortSignal) => Promise<Found>,
  signal: AbortSignal,
): Promise<Found> {
  const leave = await gate.enter(chain, 1, signal);
  const limited = withTimeout(signal, milliseconds);
  try {
    return await read(limited);
  } catch (error) {
    throw isTimeout(limited) ? new ApiError('overloaded', 'Ask for a shorter time', { cause: error }) : error;
  } finally {
    leave();
  }
}
