import { toReads, type Matcher } from './promql.ts';

/** The values that labels take; `undefined` where that may be any. */
export type LabelValues = ReadonlyMap<string, ReadonlySet<string> | undefined>;

/** The labels of each metric. */
export type SeriesCatalogue = ReadonlyMap<string, LabelValues>;

/** What a scrape shows of metrics. A metric that has no series yet has no labels. */
export function toCatalogue(exposition: string): SeriesCatalogue {
  const catalogue = new Map<string, Map<string, Set<string>>>();
  for (const [, metric = '', labels = ''] of exposition.matchAll(/^([a-z_]\w*)(?:\{(.*)\})? \S+$/gm)) {
    const known = catalogue.get(metric) ?? new Map<string, Set<string>>();
    catalogue.set(metric, known);
    for (const [, label = '', value = ''] of labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)) {
      known.set(label, (known.get(label) ?? new Set()).add(value));
    }
  }
  return catalogue;
}

/** Each alternative of a matcher must be there. One that a variable of the dashboard fills in is not looked at. */
function isMet({ operator, value }: Matcher, values: ReadonlySet<string> | undefined): boolean {
  if (values === undefined || value.includes('$') || value === '') return true;
  if (!operator.endsWith('~')) return values.has(value);
  return value
    .split('|')
    .every((alternative) => values.values().some((known) => new RegExp(`^(?:${alternative})$`).test(known)));
}

/** What an expression reads and nothing exposes: metrics, labels, values. */
export function findUnknown(expression: string, catalogue: SeriesCatalogue): string[] {
  const { selectors, groupings } = toReads(expression);
  const unknown = selectors.flatMap(({ metric, matchers }) => {
    const labels = catalogue.get(metric);
    if (!labels) return [metric];
    return matchers
      .filter((matcher) => !labels.has(matcher.label) || !isMet(matcher, labels.get(matcher.label)))
      .map(({ label, operator, value }) => `${metric}{${label}${operator}"${value}"}`);
  });
  const grouped = groupings.filter((label) => !selectors.some(({ metric }) => catalogue.get(metric)?.has(label)));
  return [...unknown, ...grouped];
}
