import { trace } from '@opentelemetry/api';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { parseEnv } from '#lib/config/env.ts';
import { serverEnv, telemetryEnv } from '#lib/config/variables.ts';
import { createOtlpExport } from '#lib/telemetry/create-otlp-export.ts';
import { startOtlpReceiver } from '#tests/support/otlp-receiver.ts';
import { createRecordedTelemetry } from '#tests/support/telemetry.ts';

// Loaded before, so that a close waits for the receiver alone.
beforeAll(async () => void (await import('#lib/telemetry/otlp/start-otlp.ts')), 120_000);

test.each([
  ['otlp', ['genai-search']],
  ['none', []],
])('with a receiver of counts alone, and the exporter %s, there are no spans', async (exporter, services) => {
  const receiver = await startOtlpReceiver();
  onTestFinished(() => receiver.close());
  const { logger, logged, metrics } = createRecordedTelemetry();
  const env = parseEnv(
    { ...telemetryEnv, K_REVISION: serverEnv.K_REVISION },
    { OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: `${receiver.url}/v1/metrics`, OTEL_METRICS_EXPORTER: exporter },
  );
  const otlp = createOtlpExport({ name: 'search', env, logger, metrics });
  otlp.start();
  trace.getTracer('test').startSpan('none').end();
  await otlp.close();
  expect([...new Set(receiver.metrics.map(({ resource }) => resource['service.name']))]).toEqual(services);
  expect(receiver.spans).toEqual([]);
  expect(logged).toEqual([]);
});
