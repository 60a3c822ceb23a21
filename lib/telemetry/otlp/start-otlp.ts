import { trace } from '@opentelemetry/api';
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-http';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes, type Resource } from '@opentelemetry/resources';
import { NodeSDK } from '@opentelemetry/sdk-node';
import { BatchSpanProcessor } from '@opentelemetry/sdk-trace';
import type { CountedMetric } from '../counted-metric.ts';
import type { Logger } from '../logger.ts';
import type { EarlyTracer } from '../tracing/early-tracer.ts';
import { tracerName } from '../tracing/span.ts';
import { createGuardedExporter } from './guarded-exporter.ts';
import { createPlannedIds } from './planned-ids.ts';
import { createSampler } from './sampler.ts';
import { sendMetrics } from './send-metrics.ts';
import { createTailProcessor } from './tail-processor.ts';
import { toResourceAttributes, type ProcessIdentity } from './to-resource-attributes.ts';

export interface OtlpOptions extends ProcessIdentity {
  /** Where spans go; with `undefined` there are none. */
  tracesUrl: string | undefined;
  /** What was begun before, if anything is traced. */
  early?: EarlyTracer | undefined;
  ratio: number;
  slowMilliseconds: number;
  logger: Logger;
  /** Where the last counts go; `undefined` for nowhere. */
  metricsUrl: string | undefined;
  readMetrics: () => Promise<readonly CountedMetric[]>;
}

export interface Otlp {
  /** Sends the spans that wait, and what was counted. */
  close(): Promise<void>;
}

const timeoutMillis = 3_000;
const maxQueueSize = 4_096;
const batchMilliseconds = 1_000;
/** A value that is longer is cut. */
const attributeValueLengthLimit = 8_192;

function startTraces(url: string, resource: Resource, options: OtlpOptions): NodeSDK {
  const { early, ratio, slowMilliseconds, logger } = options;
  const traces = new OTLPTraceExporter({ url, timeoutMillis });
  const batch = new BatchSpanProcessor({
    exporter: createGuardedExporter(traces, logger, () => performance.now()),
    maxQueueSize,
    scheduledDelayMillis: batchMilliseconds,
    exportTimeoutMillis: timeoutMillis,
  });
  const ids = createPlannedIds();
  const sdk = new NodeSDK({
    resource,
    idGenerator: ids.generator,
    autoDetectResources: false,
    // Headers are read and written where requests come and go: see trace-context.ts.
    textMapPropagator: null,
    sampler: createSampler(ratio),
    spanProcessors: [createTailProcessor({ next: batch, slowMilliseconds })],
    spanLimits: { attributeValueLengthLimit },
    metricReaders: [],
    logRecordProcessors: [],
  });
  // The API takes no second provider while the first moments' is there.
  trace.disable();
  sdk.start();
  const tracer = trace.getTracer(tracerName);
  early?.handOver((given, ...span) => ids.during(given, () => tracer.startSpan(...span)));
  return sdk;
}

/** Begins to record and export. Whatever becomes of the receiver, requests neither wait nor fail. */
export function startOtlp(options: OtlpOptions): Otlp {
  const { tracesUrl, metricsUrl, logger, readMetrics } = options;
  const resource = resourceFromAttributes(toResourceAttributes(options));
  const sdk = tracesUrl === undefined ? undefined : startTraces(tracesUrl, resource, options);

  async function flushMetrics(): Promise<void> {
    if (metricsUrl === undefined) return;
    const exporter = new OTLPMetricExporter({ url: metricsUrl, timeoutMillis });
    const times = { startedAt: performance.timeOrigin, endedAt: Date.now() };
    const isSent = await sendMetrics(await readMetrics(), { exporter, resource, ...times });
    if (!isSent) logger.warn({ event: 'metrics_export_failed' });
  }

  return {
    async close() {
      await Promise.allSettled([sdk?.shutdown(), flushMetrics()]);
    },
  };
}
