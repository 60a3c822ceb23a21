import { toMetricNames } from './metric-names.ts';

export interface Matcher {
  label: string;
  operator: string;
  value: string;
}

/** What a PromQL expression reads: series, and the labels that it groups or joins them by. */
export interface Reads {
  selectors: { metric: string; matchers: Matcher[] }[];
  groupings: string[];
}

const text = '"(?:[^"\\\\]|\\\\.)*"';
const matcher = new RegExp(`(\\w+)\\s*(=~|!~|!=|=)\\s*(${text})`, 'g');
const selector = new RegExp(`([a-zA-Z_:][\\w:]*)\\s*\\{((?:[^{}"]|${text})*)\\}`, 'g');
const grouping = /\b(?:by|without|on|ignoring|group_left|group_right)\s*\(([^)]*)\)/g;

export function toReads(expression: string): Reads {
  const narrowed = [...expression.matchAll(selector)].map(([, metric = '', matchers = '']) => ({
    metric,
    matchers: [...matchers.matchAll(matcher)].map(([, label = '', operator = '', value = '']) => ({
      label,
      operator,
      value: value.slice(1, -1),
    })),
  }));
  const bare = toMetricNames(expression)
    .filter((name) => !narrowed.some(({ metric }) => metric === name))
    .map((metric) => ({ metric, matchers: [] }));
  const groupings = [...expression.matchAll(grouping)].flatMap(([, labels = '']) =>
    labels.split(',').map((label) => label.trim()),
  );
  return { selectors: [...bare, ...narrowed], groupings: groupings.filter((label) => label !== '') };
}
