import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import { parse } from 'yaml';

const Labels = v.optional(v.record(v.string(), v.string()), {});
const Rule = v.union([
  v.object({ alert: v.string(), expr: v.string(), labels: Labels }),
  v.object({ record: v.string(), expr: v.string(), labels: Labels }),
]);
export type Rule = v.InferOutput<typeof Rule>;

const Rules = v.object({ groups: v.array(v.object({ rules: v.array(Rule) })) });

/** What Prometheus computes: its alerts and its recorded series. */
export async function readRules(): Promise<Rule[]> {
  const file = join(import.meta.dirname, '../../../knative/observability/rules.yml');
  return v.parse(Rules, parse(await readFile(file, 'utf8'))).groups.flatMap(({ rules }) => rules);
}
