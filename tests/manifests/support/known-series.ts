import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import { parse } from 'yaml';
import { readRules, type Rule } from './alert-rules.ts';
import { foreignMetrics } from './foreign-metrics.ts';
import { toReads } from './promql.ts';
import { scrapePlatform } from './scrape-platform.ts';
import { toCatalogue, type LabelValues, type SeriesCatalogue } from './series-catalogue.ts';

const Configuration = v.object({ scrape_configs: v.array(v.object({ job_name: v.string() })) });

async function readJobs(): Promise<Set<string>> {
  const file = join(import.meta.dirname, '../../../knative/observability/prometheus.yml');
  const { scrape_configs: jobs } = v.parse(Configuration, parse(await readFile(file, 'utf8')));
  return new Set(jobs.map(({ job_name: name }) => name));
}

/** The labels that a rule's series keep of what it reads, and those that it adds. */
function toRecorded({ expr, labels }: Rule, known: SeriesCatalogue): LabelValues {
  const { selectors, groupings } = toReads(expr);
  const kept = groupings.map((label) => {
    const source = selectors.find(({ metric }) => known.get(metric)?.has(label));
    return [label, source && known.get(source.metric)?.get(label)] as const;
  });
  return new Map([...kept, ...Object.keys(labels).map((label) => [label, undefined] as const)]);
}

/** All that Prometheus has on a cluster: what it scrapes, what it computes of that, and what it says of both. */
export async function readKnownSeries(): Promise<SeriesCatalogue> {
  const rules = await readRules();
  const ofScrape: LabelValues = new Map([
    ['job', await readJobs()],
    ['instance', undefined],
  ]);
  const scraped = [...toCatalogue(await scrapePlatform()), ...foreignMetrics];
  const known = new Map<string, LabelValues>([
    ['up', ofScrape],
    ...scraped.map(([name, labels]) => [name, new Map([...labels, ...ofScrape])] as const),
  ]);
  for (const rule of rules) if ('record' in rule) known.set(rule.record, toRecorded(rule, known));
  return known.set(
    'ALERTS',
    new Map([
      ['alertname', new Set(rules.flatMap((rule) => ('alert' in rule ? [rule.alert] : [])))],
      ['alertstate', new Set(['pending', 'firing'])],
      ['severity', new Set(rules.flatMap(({ labels }) => labels['severity'] ?? []))],
    ]),
  );
}
