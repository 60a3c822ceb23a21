import type { Logger } from '#lib/telemetry/logger.ts';
import type { Metrics } from '#lib/telemetry/metrics.ts';

/** Tells of events that the store has not got: each is counted, in the log there is a line a second at most. */
export interface LossReport {
  report(count: number): void;
  close(): void;
}

interface LossReportDeps {
  logger: Pick<Logger, 'error'>;
  metrics: Pick<Metrics, 'lostAuditEvents'>;
}

const quietMilliseconds = 1_000;

export function createLossReport({ logger, metrics }: LossReportDeps): LossReport {
  let untold = 0;
  let timer: NodeJS.Timeout | undefined;

  function tell(): void {
    timer = undefined;
    if (untold === 0) return;
    logger.error({ event: 'audit_lost', count: untold });
    untold = 0;
    timer = setTimeout(tell, quietMilliseconds).unref();
  }

  return {
    report(count) {
      if (count === 0) return;
      metrics.lostAuditEvents(count);
      untold += count;
      if (!timer) tell();
    },
    close() {
      clearTimeout(timer);
      tell();
      clearTimeout(timer);
    },
  };
}
