import type { LeakReport } from '../artillery/leak-report.ts';
import { firstTokenBounds, metricNames } from '../artillery/metrics.ts';
import type { ArtilleryOutput, Distribution } from './artillery-output.ts';
import { toSeries, type SeriesPoint } from './series.ts';
import { toThresholds, type Threshold } from './thresholds.ts';

export interface EndpointRow {
  endpoint: string;
  requests: number;
  errors: number;
  latency: Distribution | undefined;
  firstByte: Distribution | undefined;
}

export interface Summary {
  scenario: string;
  url: string;
  /** When the first user came. */
  startedAt: string;
  seconds: number;
  users: number;
  tenants: number;
  requests: number;
  errors: number;
  leaks: number;
  truncated: number;
  wrong: number;
  thresholds: Threshold[];
  latency: Distribution | undefined;
  firstToken: Distribution | undefined;
  /** How many first tokens came within each bound and not within the one before. */
  firstTokenBuckets: { label: string; count: number }[];
  quiet: { alone: number; beside: number } | undefined;
  endpoints: EndpointRow[];
  causes: { cause: string; count: number }[];
  leakReports: LeakReport[];
  series: SeriesPoint[];
}

export interface RunFacts extends Pick<Summary, 'leakReports' | 'scenario' | 'tenants' | 'url' | 'users'> {}

type Counters = ArtilleryOutput['aggregate']['counters'];

/** The counters whose names go on after the given one, without it. */
const countersUnder = (counters: Counters, name: string): [string, number][] =>
  Object.entries(counters).flatMap(([key, count]) =>
    key.startsWith(`${name}.`) ? [[key.slice(name.length + 1), count]] : [],
  );

function toQuiet({ summaries }: ArtilleryOutput['aggregate']): Summary['quiet'] {
  const alone = summaries[metricNames.quietAlone];
  const beside = summaries[metricNames.quietBeside];
  return alone && beside ? { alone: alone.p95, beside: beside.p95 } : undefined;
}

const toEndpoints = ({ counters, summaries }: ArtilleryOutput['aggregate']): EndpointRow[] =>
  countersUnder(counters, metricNames.requests)
    .map(([endpoint, requests]) => ({
      endpoint,
      requests,
      errors: counters[`${metricNames.errors}.${endpoint}`] ?? 0,
      latency: summaries[`${metricNames.latency}.${endpoint}`],
      firstByte: summaries[`${metricNames.firstByte}.${endpoint}`],
    }))
    .toSorted((a, b) => a.endpoint.localeCompare(b.endpoint));

const toBuckets = (counters: Counters): Summary['firstTokenBuckets'] =>
  firstTokenBounds.map((bound) => ({
    label: Number.isFinite(bound) ? `≤ ${bound} ms` : 'more',
    count: counters[`${metricNames.firstTokenBucket}.${bound}`] ?? 0,
  }));

/** What a run has shown. */
export function toSummary(output: ArtilleryOutput, facts: RunFacts): Summary {
  const { counters, summaries, firstMetricAt, lastMetricAt } = output.aggregate;
  const count = (name: string) => counters[name] ?? 0;
  const latency = summaries[metricNames.latency];
  const quiet = toQuiet(output.aggregate);
  const figures = {
    requests: count(metricNames.requests),
    errors: count(metricNames.errors),
    leaks: count(metricNames.leaks),
  };
  return {
    ...facts,
    ...figures,
    startedAt: new Date(firstMetricAt).toISOString(),
    seconds: (lastMetricAt - firstMetricAt) / 1000,
    truncated: count(metricNames.truncated),
    wrong: count(metricNames.wrong),
    thresholds: toThresholds({ ...figures, p95: latency?.p95, quiet }),
    latency,
    firstToken: summaries[metricNames.firstToken],
    firstTokenBuckets: toBuckets(counters),
    quiet,
    endpoints: toEndpoints(output.aggregate),
    causes: countersUnder(counters, metricNames.causes).map(([cause, number]) => ({ cause, count: number })),
    series: toSeries(output),
  };
}
