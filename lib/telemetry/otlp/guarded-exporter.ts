import type { SpanExporter } from '@opentelemetry/sdk-trace';
import type { Logger } from '../logger.ts';

const reportMilliseconds = 60_000;

/** Tells of spans that could not be exported: how many, once a minute, and nothing that the receiver has said. */
export function createGuardedExporter(exporter: SpanExporter, logger: Logger, now: () => number): SpanExporter {
  let lost = 0;
  let reportedAt = -Infinity;

  function report(): void {
    if (lost === 0) return;
    logger.warn({ event: 'trace_export_failed', spans_lost: lost });
    lost = 0;
    reportedAt = now();
  }

  function lose(count: number): void {
    lost += count;
    if (now() - reportedAt >= reportMilliseconds) report();
  }

  return {
    export(spans, done) {
      exporter.export(spans, (result) => {
        if (result.error) lose(spans.length);
        done(result);
      });
    },
    forceFlush: async () => exporter.forceFlush?.(),
    shutdown() {
      report();
      return exporter.shutdown();
    },
  };
}
