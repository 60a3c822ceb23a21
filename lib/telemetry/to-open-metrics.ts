import type { CountedMetric, CountedValue } from './counted-metric.ts';

export const openMetricsType = 'application/openmetrics-text; version=1.0.0; charset=utf-8';

const escape = (text: string): string =>
  text
    .replaceAll('\\', String.raw`\\`)
    .replaceAll('\n', String.raw`\n`)
    .replaceAll('"', String.raw`\"`);

function toLabels(labels: CountedValue['labels']): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escape(String(value))}"`);
  return pairs.length > 0 ? `{${pairs.join(',')}}` : '';
}

const toNumber = (value: number): string =>
  Number.isFinite(value) ? String(value) : Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf';

function toLine(name: string, { metricName = name, labels, value, exemplar }: CountedValue): string {
  const example = exemplar
    ? ` # ${toLabels(exemplar.labelSet)} ${toNumber(exemplar.value)} ${toNumber(exemplar.timestamp)}`
    : '';
  return `${metricName}${toLabels(labels)} ${toNumber(value)}${example}`;
}

/** A counter's family is called without `_total`; one that does not end with it has no type there, and keeps its name. */
function toFamily({ name, type }: CountedMetric): { family: string; type: string } {
  if (type !== 'counter') return { family: name, type };
  return name.endsWith('_total')
    ? { family: name.slice(0, -'_total'.length), type }
    : { family: name, type: 'unknown' };
}

/**
 * The text of OpenMetrics, which has exemplars; every series has the name that it has in Prometheus's own format. The
 * registry's own writer renames the counters, for good.
 */
export function toOpenMetrics(metrics: readonly CountedMetric[]): string {
  const lines = metrics.flatMap((metric) => {
    const { family, type } = toFamily(metric);
    return [
      `# HELP ${family} ${escape(metric.help)}`,
      `# TYPE ${family} ${type}`,
      ...metric.values.map((value) => toLine(metric.name, value)),
    ];
  });
  return `${[...lines, '# EOF'].join('\n')}\n`;
}
