import { LRUCache } from 'lru-cache';
import { createCircuitBreaker, type BreakerState, type CircuitBreaker } from '#lib/core/circuit-breaker.ts';
import { healthOf } from './call-failure.ts';

/** Circuit breakers of this process for each account's calls of a provider: what one alone meets with closes its own way. */
export interface AccountBreakers {
  run<T>(account: string, call: () => Promise<T>): Promise<T>;
}

interface AccountBreakersOptions {
  refuse: () => Error;
  halfOpenAfterMilliseconds: number;
  /** Of whichever account's breaker has changed. */
  onState: (state: BreakerState) => void;
}

const maxBreakers = 1_000;

export function createAccountBreakers({ onState, ...options }: AccountBreakersOptions): AccountBreakers {
  const breakers = new LRUCache<string, CircuitBreaker>({ max: maxBreakers });

  function createBreaker(): CircuitBreaker {
    let state: BreakerState = 'closed';
    return createCircuitBreaker({
      ...options,
      isFailure: (error) => ['unreachable', 'unwell', 'unwell_alone'].includes(healthOf(error)),
      isInconclusive: (error) => healthOf(error) === 'unknown',
      onState(next) {
        if (next !== state) onState(next);
        state = next;
      },
    });
  }

  return {
    run(account, call) {
      let breaker = breakers.get(account);
      if (!breaker) {
        breaker = createBreaker();
        breakers.set(account, breaker);
      }
      return breaker.run(call);
    },
  };
}
