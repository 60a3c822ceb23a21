import type { ProblemCode } from '#lib/core/api-error.ts';
import type { TenantRef } from '#lib/tenancy/state-key.ts';
import type { Origin } from '#lib/tenancy/tenant-scope.ts';

/** How an access or a mutation ended. */
export type AuditOutcome = 'success' | 'aborted' | ProblemCode;

/** Who acts: a tenant's user, whose `account` it is, or somebody who acts in no tenant. */
export interface AuditActor {
  readonly userId: string;
  readonly origin: Origin;
  readonly account?: TenantRef;
}

export interface AuditEntry {
  /** `<object>.<verb>`, for example `document.remove`. */
  action: string;
  /** The id of what was acted on; never its content. */
  target: string;
  /**
   * The account of the tenant acted on, where it is not the actor's own: in its chain the event stands. What a platform
   * administrator does to no tenant that there is stands in the platform's chain.
   */
  account?: TenantRef;
}

/** One of the things that a mutation changes. */
export interface AuditChange<Result> extends AuditEntry {
  /** How it ended, where what the mutation gives tells; `success` where this is left out. */
  toOutcome?: (result: Result) => AuditOutcome;
}

/** Who did what to which object, when, and with what result. */
export interface AuditTrail {
  /**
   * Carries a mutation out: its intent is durable before `act` begins, its outcome before this resolves. Throws what `act`
   * throws, and the store's error where an event can't be written: a mutation that nobody could prove is no success.
   */
  during<Result>(
    actor: AuditActor,
    changes: AuditChange<Result> | readonly AuditChange<Result>[],
    act: (signal: AbortSignal) => Promise<Result>,
    signal: AbortSignal,
  ): Promise<Result>;
  /**
   * Of a reading, which waits for nothing: its event is written soon after. One that finds no room is lost to the store,
   * not to the log, and is counted.
   */
  recordAccess(actor: AuditActor, entry: AuditEntry, outcome?: AuditOutcome): void;
}
