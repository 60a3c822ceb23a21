import type { Panel, QueryPanel } from './dashboard.ts';

const datasource = { type: 'prometheus', uid: 'prometheus' };

function toSteps({ warning, critical }: NonNullable<QueryPanel['thresholds']>) {
  return [
    { color: 'green', value: null },
    ...(warning === undefined ? [] : [{ color: 'orange', value: warning }]),
    ...(critical === undefined ? [] : [{ color: 'red', value: critical }]),
  ];
}

const toMappings = (values: Readonly<Record<number, string>>) => [
  {
    type: 'value',
    options: Object.fromEntries(Object.entries(values).map(([value, text], index) => [value, { text, index }])),
  },
];

const options = {
  timeseries: {
    legend: { displayMode: 'list', placement: 'bottom', showLegend: true },
    tooltip: { mode: 'multi', sort: 'desc' },
  },
  stat: {
    colorMode: 'value',
    graphMode: 'none',
    reduceOptions: { calcs: ['lastNotNull'], fields: '', values: false },
    textMode: 'auto',
  },
  table: { showHeader: true, cellHeight: 'sm' },
};

/** A line that ends where a pod ended is no zero: points further apart than a minute are not joined. */
const lines = { drawStyle: 'line', lineWidth: 1, fillOpacity: 8, showPoints: 'auto', spanNulls: 60_000 };

function toColor({ kind, thresholds }: QueryPanel) {
  if (kind === 'timeseries') return { mode: 'palette-classic' };
  return thresholds ? { mode: 'thresholds' } : { mode: 'fixed', fixedColor: 'text' };
}

function toFieldConfig(panel: QueryPanel) {
  const { kind, unit, thresholds, values } = panel;
  const thresholdsStyle = { mode: thresholds ? 'dashed' : 'off' };
  return {
    defaults: {
      unit,
      noValue: 'no data',
      color: toColor(panel),
      thresholds: { mode: 'absolute', steps: toSteps(thresholds ?? {}) },
      mappings: values ? toMappings(values) : [],
      custom: kind === 'timeseries' ? { ...lines, thresholdsStyle } : {},
    },
    overrides: [],
  };
}

/** A panel as Grafana reads it, without its number and its place. */
export function toGrafanaPanel(panel: Panel) {
  if (panel.kind === 'text') {
    const { title, markdown } = panel;
    return { type: 'text', title, options: { mode: 'markdown', content: markdown } };
  }
  const { kind, title, description, runbook, queries } = panel;
  const isInstant = kind !== 'timeseries';
  return {
    type: kind,
    title,
    description: runbook === undefined ? description : `${description} docs/operations/troubleshooting.md#${runbook}`,
    datasource,
    fieldConfig: toFieldConfig(panel),
    options: options[kind],
    transformations: kind === 'table' ? [{ id: 'organize', options: { excludeByName: { Time: true } } }] : [],
    targets: queries.map(({ expr, legend, hasExemplars = false }, index) => ({
      refId: String.fromCodePoint(65 + index),
      datasource,
      expr,
      legendFormat: legend,
      ...(isInstant ? { instant: true, range: false } : { instant: false, range: true }),
      exemplar: hasExemplars,
      format: kind === 'table' ? 'table' : 'time_series',
    })),
  };
}
