import type { BreakerState } from '#lib/core/circuit-breaker.ts';
import type { LogEvent, Logger } from '#lib/telemetry/logger.ts';
import { createMetrics, type Metrics } from '#lib/telemetry/metrics.ts';

export interface RecordedTelemetry {
  logger: Logger;
  metrics: Metrics;
  logged: LogEvent[];
  states: BreakerState[];
}

/** A logger and metrics that can be looked into. */
export function createRecordedTelemetry(): RecordedTelemetry {
  const logged: LogEvent[] = [];
  const states: BreakerState[] = [];
  const record = (event: LogEvent) => void logged.push(event);
  return {
    logger: { info: record, warn: record, error: record, flush: () => undefined },
    metrics: { ...createMetrics(), breaker: (_, state) => void states.push(state) },
    logged,
    states,
  };
}
