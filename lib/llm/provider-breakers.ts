import { createCircuitBreaker, type BreakerState, type CircuitBreaker } from '#lib/core/circuit-breaker.ts';
import type { Clock } from '#lib/core/clock.ts';
import type { StateStore } from '#lib/state/store.ts';
import type { Metrics } from '#lib/telemetry/metrics.ts';
import { toRefText, type TenantRef } from '#lib/tenancy/state-key.ts';
import { sha256Hex } from '#lib/core/digest.ts';
import { CallFailure, notAsked } from './call-failure.ts';
import type { Provider } from './catalogue.ts';
import { createFailingAccounts, type FailingAccounts } from './failing-accounts.ts';
import { createOwnKeyBreakers } from './own-key-breakers.ts';
import { createSharedOutage, type SharedOutage } from './shared-outage.ts';

export interface ProviderCaller {
  providerId: string | undefined;
  /** Who pays. */
  account: TenantRef;
  /** The call is made with a key of the tenant's own: it must neither close the way for others nor open it. */
  isOwnKey: boolean;
}

/** A circuit breaker for each provider, whose outages all pods know of. */
export interface ProviderBreakers {
  /** Runs the call up to its first word. Throws what it throws, or a `CallFailure` without running it. */
  run<T>(caller: ProviderCaller, call: () => Promise<T>, signal: AbortSignal): Promise<T>;
}

interface ProviderBreakersDeps {
  providers: Iterable<Pick<Provider, 'id' | 'baseUrl'>>;
  store: Pick<StateStore, 'get' | 'put' | 'delete'>;
  metrics: Pick<Metrics, 'breaker'>;
  now: Clock;
}

interface Guard {
  breaker: CircuitBreaker;
  outage: SharedOutage;
  failing: FailingAccounts;
  /** Of this pod's own breaker. */
  own: { state: BreakerState };
  report: (state: BreakerState) => void;
}

const openMilliseconds = 5_000;
const retryAfter = openMilliseconds / 1000;

const isUnwell = (error: unknown): boolean => error instanceof CallFailure && error.facts.health === 'unwell';
const isInconclusive = (error: unknown): boolean => !(error instanceof CallFailure) || error.facts.health === 'unknown';

/** The one call that finds out for all pods whether the provider is back. */
async function probe<T>({ breaker, outage, report }: Guard, call: () => Promise<T>): Promise<T> {
  report('half_open');
  try {
    const result = await breaker.run(call);
    outage.close();
    report('closed');
    return result;
  } catch (error) {
    const isBack = !isUnwell(error) && !isInconclusive(error);
    if (isUnwell(error)) outage.open();
    else if (isBack) outage.close();
    else outage.release();
    report(isBack ? 'closed' : 'open');
    throw error;
  }
}

export function createProviderBreakers(deps: ProviderBreakersDeps): ProviderBreakers {
  const { providers, store, metrics, now } = deps;

  function createGuard({ id: providerId, baseUrl }: Pick<Provider, 'id' | 'baseUrl'>): Guard {
    // By the address as well: a revision that calls another one must not close the way for those that do not.
    const name = `model:${providerId}:${sha256Hex(baseUrl).slice(0, 16)}`;
    const outage = createSharedOutage({ store, now, name, milliseconds: openMilliseconds });
    let reported: BreakerState | undefined;
    let reopening: NodeJS.Timeout | undefined;
    const report = (state: BreakerState) => {
      if (state !== reported) metrics.breaker(`model:${providerId}`, state);
      reported = state;
      clearTimeout(reopening);
      // Nobody may call any more, and find out.
      if (state === 'open') reopening = setTimeout(report, openMilliseconds, 'half_open').unref();
    };
    const own: Guard['own'] = { state: 'closed' };
    const breaker = createCircuitBreaker({
      isFailure: isUnwell,
      isInconclusive,
      refuse: () => notAsked(retryAfter),
      halfOpenAfterMilliseconds: openMilliseconds,
      onState(state) {
        own.state = state;
        report(state);
      },
    });
    return { breaker, outage, failing: createFailingAccounts(), own, report };
  }

  const ownKeys = createOwnKeyBreakers({
    refuse: () => notAsked(retryAfter),
    halfOpenAfterMilliseconds: openMilliseconds,
  });
  const guards = new Map([...providers].map((provider) => [provider.id, createGuard(provider)]));

  return {
    async run({ providerId, account: payer, isOwnKey }, unwatched, signal) {
      const guard = providerId === undefined ? undefined : guards.get(providerId);
      if (providerId === undefined || !guard) return unwatched();
      const account = toRefText(payer);
      if (isOwnKey) return ownKeys.run(providerId, account, unwatched);
      const call = guard.failing.watch(account, unwatched);
      const entry = await guard.outage.enter(signal);
      if (entry === 'probe') return probe(guard, call);
      if (entry === 'refused') {
        guard.report('open');
        throw notAsked(retryAfter);
      }
      // Another pod may have found that it is back.
      guard.report(guard.own.state);
      try {
        return await guard.breaker.run(call);
      } catch (error) {
        if (isUnwell(error) && guard.own.state === 'open') guard.outage.open();
        throw error;
      }
    },
  };
}
