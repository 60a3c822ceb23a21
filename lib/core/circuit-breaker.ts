import {
  BrokenCircuitError,
  circuitBreaker,
  type CircuitBreakerPolicy,
  CircuitState,
  ConsecutiveBreaker,
  handleWhen,
  SamplingBreaker,
  type IBackoff,
  type IBreaker,
  type IHalfOpenAfterBackoffContext,
} from 'cockatiel';

export type BreakerState = 'closed' | 'half_open' | 'open';

interface CircuitBreakerOptions {
  /** Whether an error says that the dependency is unwell, rather than the call. */
  isFailure: (error: unknown) => boolean;
  /** Whether an error tells nothing at all: such a call neither closes a breaker that is half-open nor opens it for long. */
  isInconclusive?: (error: unknown) => boolean;
  /** Asked every 5 s while the breaker is open: no request has to find out. Without it, one call at a time does. */
  probe?: () => Promise<unknown>;
  /** What a call is refused with while the dependency is thought to be down. */
  refuse: () => Error;
  onState: (state: BreakerState) => void;
  halfOpenAfterMilliseconds?: number;
}

export interface CircuitBreaker {
  /** Runs the call, or throws what `refuse` gives without running it. */
  run<T>(call: () => Promise<T>): Promise<T>;
  close(): void;
}

const halfOpenDefault = 5_000;
const consecutiveFailures = 5;
/** Half of at least 20 calls in 10 s. */
const sampling = { threshold: 0.5, duration: 10_000, minimumRps: 2 };

/** Opens when either of the two would. */
function createBreaker(): IBreaker {
  const breakers = [new ConsecutiveBreaker(consecutiveFailures), new SamplingBreaker(sampling)];
  return {
    state: undefined,
    success: (state) => breakers.forEach((breaker) => breaker.success(state)),
    failure: (state) => breakers.map((breaker) => breaker.failure(state)).some(Boolean),
  };
}

const names: Record<CircuitState, BreakerState> = {
  [CircuitState.Closed]: 'closed',
  [CircuitState.HalfOpen]: 'half_open',
  [CircuitState.Open]: 'open',
  [CircuitState.Isolated]: 'open',
};

/**
 * Stops calling a dependency after 5 failures in a row, or when half of at least 20 calls in 10 s
 * have failed, and finds out after 5 s whether it is back.
 */
export function createCircuitBreaker(options: CircuitBreakerOptions): CircuitBreaker {
  const { isFailure, isInconclusive, probe, refuse, onState, halfOpenAfterMilliseconds = halfOpenDefault } = options;
  const isHalfOpen = () => policy.state === CircuitState.HalfOpen;
  const toBackoff = ({ result }: IHalfOpenAfterBackoffContext): IBackoff<IHalfOpenAfterBackoffContext> => {
    const isLeftToNext = 'error' in result && isInconclusive?.(result.error) === true;
    return { duration: isLeftToNext ? 0 : halfOpenAfterMilliseconds, next: toBackoff };
  };
  // What is no failure counts as a success while half-open.
  const policy: CircuitBreakerPolicy = circuitBreaker(
    handleWhen((error) => isFailure(error) || (isHalfOpen() && isInconclusive?.(error) === true)),
    { halfOpenAfter: { next: toBackoff }, breaker: createBreaker() },
  );
  let timer: NodeJS.Timeout | undefined;
  let isClosed = false;

  function askLater(): void {
    clearTimeout(timer);
    if (probe && !isClosed) timer = setTimeout(() => void ask(), halfOpenAfterMilliseconds + 1).unref();
  }

  /** Failing opens the breaker again, which sets the next one. */
  async function ask(): Promise<void> {
    try {
      await policy.execute(async () => void (await probe?.()));
    } catch (error) {
      // The breaker reads the clock of the wall: where that was set back, it is too early for it still.
      if (error instanceof BrokenCircuitError) askLater();
    }
  }

  onState('closed');
  policy.onStateChange((state) => onState(names[state]));
  policy.onBreak(askLater);

  return {
    async run(call) {
      if (probe ? policy.state !== CircuitState.Closed : isHalfOpen()) throw refuse();
      try {
        return await policy.execute(call);
      } catch (error) {
        throw error instanceof BrokenCircuitError ? refuse() : error;
      }
    },
    close() {
      isClosed = true;
      clearTimeout(timer);
    },
  };
}
