import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import { parse } from 'yaml';

const Cases = v.object({
  tests: v.array(
    v.object({
      promql_expr_test: v.array(v.object({ exp_samples: v.array(v.object({ labels: v.string() })) })),
    }),
  ),
});
const directory = join(import.meta.dirname, '../rules');

/** The names of the labels that each alert has in the cases of the rules, which promtool has computed. */
export async function readAlertLabels(): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const known = new Map<string, Set<string>>();
  for (const file of await readdir(directory)) {
    const { tests } = v.parse(Cases, parse(await readFile(join(directory, file), 'utf8')));
    const samples = tests.flatMap((one) => one.promql_expr_test.flatMap((question) => question.exp_samples));
    for (const { labels } of samples) {
      const [, alert = ''] = /alertname="(\w+)"/.exec(labels) ?? [];
      const names = [...labels.matchAll(/(\w+)=/g)].map(([, name = '']) => name);
      known.set(alert, (known.get(alert) ?? new Set()).union(new Set(names)));
    }
  }
  return known;
}
