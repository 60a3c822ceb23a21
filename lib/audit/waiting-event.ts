import type { PendingEvent } from './audit-event.ts';

/** An event on its way into its chain. */
export interface WaitingEvent {
  event: PendingEvent;
  /** Somebody waits for it: it is not held back until there are more. */
  isUrgent: boolean;
  /** False once it need not be written any more. What may have reached the store is written all the same. */
  isWanted(): boolean;
  onWritten(sequence: number): void;
  /** Each time that the store has not taken it. */
  onFailed(error: unknown): void;
}
