import type { SpanExporter } from '@opentelemetry/sdk-trace';
import { expect, test } from 'vitest';
import { createGuardedExporter } from '#lib/telemetry/otlp/guarded-exporter.ts';
import { createRecordedTelemetry } from '#tests/support/telemetry.ts';

const failing: SpanExporter = {
  export: (_spans, done) => done({ code: 1, error: new Error('The receiver says: secret') }),
  shutdown: async () => undefined,
};

test('spans that no receiver took are counted in the log once a minute, and at the end', async () => {
  const { logger, logged } = createRecordedTelemetry();
  let time = 0;
  const exporter = createGuardedExporter(failing, logger, () => time);
  const lose = (): void => exporter.export([], () => undefined);
  const loseOne = (): void => exporter.export(Array.from({ length: 1 }), () => undefined);
  lose();
  expect(logged).toEqual([]);
  loseOne();
  loseOne();
  time = 59_999;
  loseOne();
  expect(logged).toEqual([{ event: 'trace_export_failed', spans_lost: 1 }]);
  time = 60_000;
  loseOne();
  expect(logged.slice(1)).toEqual([{ event: 'trace_export_failed', spans_lost: 3 }]);
  loseOne();
  await exporter.shutdown();
  expect(logged.slice(2)).toEqual([{ event: 'trace_export_failed', spans_lost: 1 }]);
});
