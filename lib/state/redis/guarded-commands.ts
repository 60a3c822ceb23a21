import { abortable } from '#lib/core/abort.ts';
import { ApiError } from '#lib/core/api-error.ts';
import { createCircuitBreaker } from '#lib/core/circuit-breaker.ts';
import type { Clock } from '#lib/core/clock.ts';
import type { Logger } from '#lib/telemetry/logger.ts';
import type { Metrics } from '#lib/telemetry/metrics.ts';
import { withSpan } from '#lib/telemetry/tracing/span.ts';
import { createDependencyReport } from '#lib/telemetry/dependency-report.ts';
import { createAccessLog } from './access-log.ts';
import { createBudget } from './budget.ts';
import type { RedisClient, RedisCommands } from './commands.ts';
import { isOutage, refuseState, toStateError } from './errors.ts';

interface GuardDeps {
  client: RedisClient;
  /** What a call may take. */
  budgetMilliseconds: number;
  logger: Logger;
  metrics: Metrics;
  /** Milliseconds that only ever grow. */
  now?: Clock;
  random?: () => number;
}

/** A cold pod has nothing else to serve: until its first answer, or for so long, a call may wait. */
const firstAnswerMilliseconds = 1_000;
const probeMilliseconds = 500;
/** Pods whose breakers opened together don't ask together. */
const probeJitter = 250;

/**
 * A client whose calls end within their budget and fail as the store's do. After some failures in a row
 * none is sent: the server is asked in the background until it answers, on connections that are new.
 */
export function createGuardedCommands(deps: GuardDeps): RedisCommands {
  const { client, budgetMilliseconds, logger, metrics, now = () => performance.now(), random = Math.random } = deps;
  const report = createDependencyReport('state', { logger, metrics });
  const logAccess = createAccessLog({ logger, now });
  const startedAt = now();
  const life = new AbortController();
  let hasAnswered = false;

  const breaker = createCircuitBreaker({
    isFailure: isOutage,
    refuse: refuseState,
    probe,
    onState(state) {
      report.state(state);
      if (state === 'open') client.drop();
    },
  });

  async function within<T>(
    call: (signal: AbortSignal) => Promise<T>,
    signal: AbortSignal,
    milliseconds: number,
  ): Promise<T> {
    const budget = createBudget(signal, milliseconds);
    try {
      const reply = await call(budget.signal);
      hasAnswered = true;
      return reply;
    } catch (error) {
      signal.throwIfAborted();
      const failure = toStateError(error);
      const cause = failure instanceof ApiError ? failure.cause : failure;
      report.failure(cause);
      logAccess(cause);
      throw failure;
    } finally {
      budget.end();
    }
  }

  async function probe(): Promise<void> {
    try {
      const jitter = new Promise((resolve) => setTimeout(resolve, random() * probeJitter).unref());
      await abortable(jitter, life.signal);
      await within((signal) => client.probe(signal), life.signal, probeMilliseconds);
    } catch (error) {
      // Whatever it was, it was no answer.
      throw isOutage(error) ? error : refuseState();
    }
  }

  async function run<T>(operation: string, call: (signal: AbortSignal) => Promise<T>, signal: AbortSignal): Promise<T> {
    signal.throwIfAborted();
    const untilFirst = hasAnswered ? 0 : startedAt + firstAnswerMilliseconds - now();
    const attributes = { 'db.system.name': 'redis', 'db.operation.name': operation };
    return withSpan(operation, { kind: 'client', attributes }, () =>
      breaker.run(() => within(call, signal, Math.max(budgetMilliseconds, untilFirst))),
    );
  }

  return {
    hmget: (key, fields, caller) => run('HMGET', (signal) => client.hmget(key, fields, signal), caller),
    evaluate: (script, keys, args, caller) =>
      run('EVALSHA', (signal) => client.evaluate(script, keys, args, signal), caller),
    async close() {
      breaker.close();
      life.abort(new Error('The store is closed'));
      await client.close();
    },
  };
}
