import { ApiError } from '#lib/core/api-error.ts';
import { isUnreachable } from './is-unreachable.ts';
import { isRequestFault, statusOf, toModelError } from './model-error.ts';

/**
 * What a failure tells of the provider. `unwell`: it failed or was late, which a request may bring about; `unwell_alone`:
 * no other account has met with that.
 */
type ProviderHealth = 'unreachable' | 'unwell' | 'unwell_alone' | 'well' | 'unknown';

interface FailureFacts {
  health: ProviderHealth;
  /** The same model may answer when it is asked once more. */
  isRetryable: boolean;
  /** Another model may answer. */
  isMovable: boolean;
}

/** A call that has failed before its first word. */
export class CallFailure extends Error {
  /** As clients see it. */
  readonly problem: ApiError;
  readonly facts: FailureFacts;

  constructor(problem: ApiError, facts: FailureFacts) {
    super(problem.message, { cause: problem });
    this.name = 'CallFailure';
    this.problem = problem;
    this.facts = facts;
  }
}

export const healthOf = (error: unknown): ProviderHealth =>
  error instanceof CallFailure ? error.facts.health : 'unknown';

function toHealth(cause: unknown, isTheirs: boolean): ProviderHealth {
  if (isUnreachable(cause)) return 'unreachable';
  return isTheirs ? 'unwell' : 'well';
}

/** A key that is the tenant's may be wrong or worn out: that tells nothing of the provider. */
export function toCallFailure(error: unknown, { isOwnKey }: { isOwnKey: boolean }): CallFailure {
  const problem = toModelError(error);
  const status = statusOf(problem.cause);
  const isRefusal = status !== undefined && status >= 400 && status < 500;
  const isTransient = !isRefusal || status === 408 || status === 429;
  const isTheirs = isTransient && !(isOwnKey && isRefusal);
  return new CallFailure(problem, {
    health: toHealth(problem.cause, isTheirs),
    isRetryable: isTransient,
    isMovable: !isRequestFault(problem.cause),
  });
}

export const timedOut = (cause: unknown): CallFailure =>
  new CallFailure(new ApiError('model_timeout', undefined, { cause }), {
    health: 'unwell',
    isRetryable: false,
    isMovable: true,
  });

export const leftAlone = (cause: unknown): CallFailure =>
  new CallFailure(new ApiError('model_error', undefined, { cause }), {
    health: 'unknown',
    isRetryable: false,
    isMovable: false,
  });

/** The provider is not asked, because it is thought to be down for so many seconds. */
export const notAsked = (retryAfter: number): CallFailure =>
  new CallFailure(new ApiError('model_overloaded', undefined, { retryAfter }), {
    health: 'unknown',
    isRetryable: false,
    isMovable: true,
  });
