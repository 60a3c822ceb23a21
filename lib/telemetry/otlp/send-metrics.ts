import type { HrTime } from '@opentelemetry/api';
import type { PushMetricExporter, ResourceMetrics } from '@opentelemetry/sdk-metrics';
import type { CountedMetric } from '../counted-metric.ts';
import { toMetricData } from './to-metric-data.ts';

interface SendMetricsOptions {
  exporter: Pick<PushMetricExporter, 'export'>;
  resource: ResourceMetrics['resource'];
  /** When the process began to count, in milliseconds since the epoch. */
  startedAt: number;
  endedAt: number;
}

const toTime = (milliseconds: number): HrTime => [
  Math.floor(milliseconds / 1_000),
  Math.round((milliseconds % 1_000) * 1_000_000),
];

/** Sends all that the process has counted. False where the receiver did not take it. */
export function sendMetrics(metrics: readonly CountedMetric[], options: SendMetricsOptions): Promise<boolean> {
  const { exporter, resource, startedAt, endedAt } = options;
  const span = { startTime: toTime(startedAt), endTime: toTime(endedAt) };
  const data = metrics.filter(({ values }) => values.length > 0).map((metric) => toMetricData(metric, span));
  const scopeMetrics = [{ scope: { name: 'genai-platform' }, metrics: data }];
  return new Promise((resolve) => {
    exporter.export({ resource, scopeMetrics }, ({ error }) => resolve(error === undefined));
  });
}
