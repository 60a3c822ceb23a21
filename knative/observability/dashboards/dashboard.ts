/** What a dashboard shows, without how Grafana writes it down. */
export interface Dashboard {
  /** Also the name of its file, and the end of its address. */
  name: string;
  title: string;
  description: string;
  variables?: readonly Variable[];
  rows: readonly Row[];
}

/** Something that is chosen above the panels; `$name` in a query stands for it. */
export interface Variable {
  name: string;
  label: string;
  metric: string;
  /** The label of the metric whose values can be chosen. */
  values: string;
  /** Several, or all of them, instead of one. */
  isMultiple?: boolean;
}

export interface Row {
  title: string;
  panels: readonly Panel[];
}

export type Panel = QueryPanel | TextPanel;

export type Unit =
  | 'short'
  | 'reqps'
  | 's'
  | 'percentunit'
  | 'currencyUSD'
  | 'dateTimeFromNow'
  | 'bytes'
  | 'ops'
  | 'none';

export interface QueryPanel {
  kind: 'timeseries' | 'stat' | 'table';
  title: string;
  /** What it tells, and what to do about it. */
  description: string;
  unit: Unit;
  queries: readonly Query[];
  /** From which value on it is a warning, and from which critical. */
  thresholds?: { warning?: number; critical?: number };
  /** Words for values that are codes. */
  values?: Readonly<Record<number, string>>;
  /** Of 24 columns; by default 4 for a figure, 12 otherwise. */
  width?: number;
  /** A heading of docs/operations/troubleshooting.md. */
  runbook?: string;
}

export interface TextPanel {
  kind: 'text';
  title: string;
  markdown: string;
  width?: number;
}

export interface Query {
  expr: string;
  legend: string;
  /** With points for single requests, which lead to their traces. */
  hasExemplars?: boolean;
}
