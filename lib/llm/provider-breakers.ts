import { createCircuitBreaker, type BreakerState, type CircuitBreaker } from '#lib/core/circuit-breaker.ts';
import type { Clock } from '#lib/core/clock.ts';
import type { StateStore } from '#lib/state/store.ts';
import type { Dependency, Metrics } from '#lib/telemetry/metrics.ts';
import { toRefText, type TenantRef } from '#lib/tenancy/state-key.ts';
import { sha256Hex } from '#lib/core/digest.ts';
import { createAccountBreakers, type AccountBreakers } from './account-breakers.ts';
import { createBreakerReport } from './breaker-report.ts';
import { healthOf, notAsked } from './call-failure.ts';
import type { Provider } from './catalogue.ts';
import { createFailingAccounts, type FailingAccounts } from './failing-accounts.ts';
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
  accounts: AccountBreakers;
  /** What becomes of calls with a tenant's own key is nobody else's matter. */
  ownKeys: AccountBreakers;
  /** Of this pod's own breaker. */
  own: { state: BreakerState };
  report: (state: BreakerState) => void;
}

const openMilliseconds = 5_000;
const retryAfter = openMilliseconds / 1000;
const breakerOptions = { refuse: () => notAsked(retryAfter), halfOpenAfterMilliseconds: openMilliseconds };

const isDown = (error: unknown): boolean => ['unreachable', 'unwell'].includes(healthOf(error));
const isInconclusive = (error: unknown): boolean => ['unwell_alone', 'unknown'].includes(healthOf(error));

/** From now on two accounts have to fail anew. */
function open({ failing, outage }: Guard): void {
  failing.forget();
  outage.open();
}

/** The one call that finds out for all pods whether the provider is back. */
async function probe<T>(guard: Guard, call: () => Promise<T>): Promise<T> {
  const { breaker, outage, report } = guard;
  report('half_open');
  try {
    const result = await breaker.run(call);
    outage.close();
    report('closed');
    return result;
  } catch (error) {
    const isBack = !isDown(error) && !isInconclusive(error);
    if (isDown(error)) open(guard);
    else if (isBack) outage.close();
    else outage.release();
    report(isBack ? 'closed' : 'open');
    throw error;
  }
}

async function runForAll<T>(guard: Guard, call: () => Promise<T>, signal: AbortSignal): Promise<T> {
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
    if (isDown(error) && guard.own.state === 'open') open(guard);
    throw error;
  }
}

export function createProviderBreakers(deps: ProviderBreakersDeps): ProviderBreakers {
  const { providers, store, metrics, now } = deps;

  function createGuard({ id: providerId, baseUrl }: Pick<Provider, 'id' | 'baseUrl'>): Guard {
    // By the address as well: a revision that calls another one must not close the way for those that do not.
    const name = `model:${providerId}:${sha256Hex(baseUrl).slice(0, 16)}`;
    const reportOn = (dependency: Dependency) =>
      createBreakerReport((state) => metrics.breaker(dependency, state), openMilliseconds);
    const report = reportOn(`model:${providerId}`);
    const own: Guard['own'] = { state: 'closed' };
    const breaker = createCircuitBreaker({
      ...breakerOptions,
      isFailure: isDown,
      isInconclusive,
      onState(state) {
        own.state = state;
        report(state);
      },
    });
    return {
      breaker,
      outage: createSharedOutage({ store, now, name, milliseconds: openMilliseconds }),
      failing: createFailingAccounts(),
      accounts: createAccountBreakers({ ...breakerOptions, onState: reportOn(`model:${providerId}:account`) }),
      ownKeys: createAccountBreakers({ ...breakerOptions, onState: () => undefined }),
      own,
      report,
    };
  }

  const guards = new Map([...providers].map((provider) => [provider.id, createGuard(provider)]));

  return {
    run({ providerId, account: payer, isOwnKey }, call, signal) {
      const guard = guards.get(providerId ?? '');
      if (!guard) return call();
      const account = toRefText(payer);
      if (isOwnKey) return guard.ownKeys.run(account, call);
      const watched = guard.failing.watch(account, call);
      return guard.accounts.run(account, () => runForAll(guard, watched, signal));
    },
  };
}
