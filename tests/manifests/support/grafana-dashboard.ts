import * as v from 'valibot';

const Text = v.pipe(v.string(), v.nonEmpty());
const Datasource = v.strictObject({ type: v.literal('prometheus'), uid: Text });
const GridPosition = v.strictObject({ x: v.number(), y: v.number(), w: v.number(), h: v.number() });
const placed = { id: v.number(), title: Text, gridPos: GridPosition };

/** The identifiers that Grafana knows these by: https://github.com/grafana/grafana/blob/main/packages/grafana-data/src/valueFormats/categories.ts */
const Unit = v.picklist([
  'short',
  'none',
  'percentunit',
  'currencyUSD',
  's',
  'bytes',
  'reqps',
  'ops',
  'dateTimeFromNow',
]);

const Step = v.strictObject({ color: v.picklist(['green', 'orange', 'red']), value: v.nullable(v.number()) });
const FieldConfig = v.strictObject({
  defaults: v.strictObject({
    unit: Unit,
    noValue: Text,
    color: v.strictObject({
      mode: v.picklist(['palette-classic', 'thresholds', 'fixed']),
      fixedColor: v.optional(v.literal('text')),
    }),
    thresholds: v.strictObject({ mode: v.literal('absolute'), steps: v.pipe(v.array(Step), v.nonEmpty()) }),
    mappings: v.array(v.strictObject({ type: v.literal('value'), options: v.record(v.string(), v.unknown()) })),
    custom: v.record(v.string(), v.unknown()),
  }),
  overrides: v.tuple([]),
});

const Target = v.strictObject({
  refId: v.pipe(v.string(), v.regex(/^[A-Z]$/)),
  datasource: Datasource,
  expr: Text,
  legendFormat: Text,
  instant: v.boolean(),
  range: v.boolean(),
  exemplar: v.boolean(),
  format: v.picklist(['time_series', 'table']),
});

const RowPanel = v.strictObject({
  type: v.literal('row'),
  ...placed,
  collapsed: v.literal(false),
  panels: v.tuple([]),
});
const TextPanel = v.strictObject({
  type: v.literal('text'),
  ...placed,
  options: v.strictObject({ mode: v.literal('markdown'), content: Text }),
});
const QueryPanel = v.strictObject({
  type: v.picklist(['timeseries', 'stat', 'table']),
  ...placed,
  description: Text,
  datasource: Datasource,
  fieldConfig: FieldConfig,
  options: v.record(v.string(), v.unknown()),
  transformations: v.array(
    v.strictObject({
      id: v.literal('organize'),
      options: v.strictObject({ excludeByName: v.record(v.string(), v.boolean()) }),
    }),
  ),
  targets: v.pipe(v.array(Target), v.nonEmpty()),
});

const Variable = v.strictObject({
  name: v.pipe(v.string(), v.regex(/^[a-z]+$/)),
  label: Text,
  type: v.literal('query'),
  datasource: Datasource,
  definition: Text,
  query: v.strictObject({ query: Text, refId: Text }),
  refresh: v.literal(2),
  sort: v.literal(1),
  multi: v.boolean(),
  includeAll: v.boolean(),
  allValue: v.optional(v.literal('.*')),
  current: v.optional(v.strictObject({ text: v.array(v.string()), value: v.array(v.string()) })),
});

/** As much of Grafana's classic dashboards as ours use. */
export const GrafanaDashboard = v.strictObject({
  uid: v.pipe(v.string(), v.regex(/^[a-z-]+$/), v.maxLength(40)),
  title: Text,
  description: Text,
  tags: v.array(Text),
  schemaVersion: v.literal(42),
  editable: v.boolean(),
  graphTooltip: v.literal(1),
  timezone: v.literal('browser'),
  refresh: v.literal('30s'),
  time: v.strictObject({ from: Text, to: v.literal('now') }),
  links: v.array(
    v.strictObject({
      type: v.literal('dashboards'),
      title: Text,
      tags: v.array(Text),
      asDropdown: v.boolean(),
      includeVars: v.boolean(),
      keepTime: v.boolean(),
    }),
  ),
  annotations: v.strictObject({ list: v.tuple([]) }),
  templating: v.strictObject({ list: v.array(Variable) }),
  panels: v.array(v.variant('type', [RowPanel, TextPanel, QueryPanel])),
});
