import { toLeakText } from '../artillery/leak-report.ts';
import type { Distribution } from './artillery-output.ts';
import type { Summary } from './summary.ts';

export interface Table {
  title: string;
  head: readonly string[];
  rows: readonly (readonly string[])[];
}

const times = (value: Distribution | undefined): string[] =>
  value ? [value.p50, value.p95, value.p99, value.max].map((time) => time.toFixed(0)) : ['', '', '', ''];

const perSecond = (count: number, seconds: number): string => (seconds > 0 ? (count / seconds).toFixed(1) : '');

const toOverview = (summary: Summary): Table => ({
  title: 'The run',
  head: ['', ''],
  rows: [
    ['scenario', summary.scenario],
    ['target', summary.url],
    ['started', summary.startedAt],
    ['seconds', summary.seconds.toFixed(1)],
    ['users', String(summary.users)],
    ['tenants', String(summary.tenants)],
    ['requests', `${summary.requests} (${perSecond(summary.requests, summary.seconds)}/s)`],
    ['errors', String(summary.errors)],
    ['leaks', String(summary.leaks)],
    ['truncated streams', String(summary.truncated)],
    ['wrong answers', String(summary.wrong)],
    ...(summary.quiet
      ? [['quiet tenants’ p95', `${summary.quiet.alone} ms alone, ${summary.quiet.beside} ms beside the noisy one`]]
      : []),
  ],
});

const toThresholdTable = ({ thresholds }: Summary): Table => ({
  title: 'Thresholds',
  head: ['threshold', 'limit', 'measured', 'result'],
  rows: thresholds.map(({ name, limit, measured, isMet }) => [name, limit, measured, isMet ? 'pass' : 'FAIL']),
});

const toEndpointTable = ({ endpoints, latency, firstToken, requests, errors }: Summary): Table => ({
  title: 'Endpoints (milliseconds; of streams to the first token)',
  head: ['endpoint', 'requests', 'errors', 'p50', 'p95', 'p99', 'max', 'first byte p95'],
  rows: [
    ...endpoints.map((row) => [
      row.endpoint,
      String(row.requests),
      String(row.errors),
      ...times(row.latency),
      row.firstByte?.p95.toFixed(0) ?? '',
    ]),
    ['all', String(requests), String(errors), ...times(latency), ''],
    ...(firstToken ? [['first token', String(firstToken.count), '', ...times(firstToken), '']] : []),
  ],
});

/** The tables of a report; those that would be empty are left out, but for the first three. */
export function toTables(summary: Summary): Table[] {
  const causes = summary.causes.map(({ cause, count }) => [cause, String(count)]);
  const leaks = summary.leakReports.map((leak) => [toLeakText(leak)]);
  return [
    toOverview(summary),
    toThresholdTable(summary),
    toEndpointTable(summary),
    ...(causes.length > 0 ? [{ title: 'Causes of errors', head: ['cause', 'requests'], rows: causes }] : []),
    ...(leaks.length > 0 ? [{ title: 'Leaks', head: ['leak'], rows: leaks }] : []),
  ];
}
