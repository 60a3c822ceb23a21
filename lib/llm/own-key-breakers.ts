import { LRUCache } from 'lru-cache';
import { createCircuitBreaker, type CircuitBreaker } from '#lib/core/circuit-breaker.ts';
import { CallFailure } from './call-failure.ts';

/** Circuit breakers of this process for calls with keys of tenants' own: what becomes of them is nobody else's matter. */
export interface OwnKeyBreakers {
  run<T>(providerId: string, account: string, call: () => Promise<T>): Promise<T>;
}

interface OwnKeyBreakersOptions {
  refuse: () => Error;
  halfOpenAfterMilliseconds: number;
}

const maxBreakers = 1_000;

const healthOf = (error: unknown) => (error instanceof CallFailure ? error.facts.health : 'unknown');

export function createOwnKeyBreakers(options: OwnKeyBreakersOptions): OwnKeyBreakers {
  const breakers = new LRUCache<string, CircuitBreaker>({ max: maxBreakers });
  return {
    run(providerId, account, call) {
      const key = `${providerId} ${account}`;
      let breaker = breakers.get(key);
      if (!breaker) {
        breaker = createCircuitBreaker({
          ...options,
          isFailure: (error) => ['unwell', 'late'].includes(healthOf(error)),
          isInconclusive: (error) => healthOf(error) === 'unknown',
          onState: () => undefined,
        });
        breakers.set(key, breaker);
      }
      return breaker.run(call);
    },
  };
}
