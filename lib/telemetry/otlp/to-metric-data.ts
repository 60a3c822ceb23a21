import type { Attributes, HrTime } from '@opentelemetry/api';
import { AggregationTemporality, DataPointType, type DataPoint, type MetricData } from '@opentelemetry/sdk-metrics';
import type { CountedMetric, CountedValue } from '../counted-metric.ts';

interface Span {
  startTime: HrTime;
  endTime: HrTime;
}

type Histogram = Extract<MetricData, { dataPointType: DataPointType.HISTOGRAM }>['dataPoints'][number]['value'];

const keyOf = ({ labels }: CountedValue): string => {
  const { le: _bound, ...own } = labels;
  return JSON.stringify(own);
};

const toAttributes = ({ labels }: CountedValue): Attributes => {
  const { le: _bound, ...own } = labels;
  return own;
};

const isBucket = ({ metricName }: CountedValue): boolean => metricName?.endsWith('_bucket') ?? false;

/** Counts of each bucket alone: in Prometheus's form a bucket holds all before it as well. */
function toHistogram(values: readonly CountedValue[]): Histogram {
  const buckets = values.filter(isBucket);
  const boundaries = buckets.map(({ labels }) => Number(labels['le'])).filter(Number.isFinite);
  const counts = buckets.map(({ value }, index) => value - (buckets[index - 1]?.value ?? 0));
  const valueOf = (suffix: string) => values.find(({ metricName }) => metricName?.endsWith(suffix))?.value ?? 0;
  return { buckets: { boundaries, counts }, sum: valueOf('_sum'), count: valueOf('_count') };
}

/** A metric as OTLP has it: cumulative since the process began. */
export function toMetricData({ name, help, type, values }: CountedMetric, span: Span): MetricData {
  const base = {
    descriptor: { name, description: help, unit: '', valueType: 1 },
    aggregationTemporality: AggregationTemporality.CUMULATIVE,
  };
  if (type === 'histogram') {
    const series = Object.values(Object.groupBy(values, keyOf)).flatMap((group) => (group ? [group] : []));
    const dataPoints = series.map((group): DataPoint<Histogram> => ({
      ...span,
      attributes: group[0] ? toAttributes(group[0]) : {},
      value: toHistogram(group),
    }));
    return { ...base, dataPointType: DataPointType.HISTOGRAM, dataPoints };
  }
  const dataPoints = values.map((value) => ({ ...span, attributes: toAttributes(value), value: value.value }));
  return type === 'counter'
    ? { ...base, dataPointType: DataPointType.SUM, isMonotonic: true, dataPoints }
    : { ...base, dataPointType: DataPointType.GAUGE, dataPoints };
}
