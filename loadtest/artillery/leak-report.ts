import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import * as v from 'valibot';

const LeakReportSchema = v.strictObject({
  endpoint: v.string(),
  /** The tenant that asked, and the one whose word came with the answer. */
  tenant: v.string(),
  owner: v.string(),
  requestId: v.string(),
  canary: v.string(),
});

export type LeakReport = v.InferOutput<typeof LeakReportSchema>;

const maxReports = 1_000;

export const toLeakText = ({ endpoint, tenant, owner, requestId, canary }: LeakReport): string =>
  `LEAK: ${endpoint} of ${tenant} was answered with ${canary} of ${owner} (request ${requestId || 'without id'})`;

/** Tells of a leak at once, and keeps it for the report. */
export function createLeakReporter(file: string, print: (line: string) => void) {
  let count = 0;
  return (leak: LeakReport): void => {
    count += 1;
    if (count > maxReports) return;
    print(`\n!!! ${toLeakText(leak)}\n`);
    appendFileSync(file, `${JSON.stringify(leak)}\n`);
  };
}

export function readLeaks(file: string): LeakReport[] {
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8').split('\n').filter(Boolean);
  return lines.map((line) => v.parse(LeakReportSchema, JSON.parse(line)));
}
