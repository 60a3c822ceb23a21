import { parseArgs } from 'node:util';
import * as v from 'valibot';
import { dayBefore, DaySchema } from '#lib/usage/day-range.ts';

export const usage = `Usage: npm run audit:prune -- [--before YYYY-MM-DD] [--dry-run]
Drops from every chain of the audit trail what is older than this day of UTC, yesterday or earlier, by default what was kept for AUDIT_RETENTION_DAYS,
and writes to the chain which events these were. What was written together is kept until all of it is old enough.
Exits with 0: done, 1: something failed, and the same command goes on from there, 2: this is no call.`;

const Arguments = v.pipe(
  v.strictObject({ before: v.optional(DaySchema), 'dry-run': v.optional(v.boolean(), false) }),
  v.transform(({ before, 'dry-run': isDryRun }) => ({ before, isDryRun })),
);

export type PruneAuditArguments = v.InferOutput<typeof Arguments>;

/** What is to be dropped; `undefined` for what is not a call. */
export function readArguments(args: string[], now: number): PruneAuditArguments | undefined {
  try {
    const { values } = parseArgs({ args, options: { before: { type: 'string' }, 'dry-run': { type: 'boolean' } } });
    const result = v.safeParse(Arguments, values);
    // A process that runs may still write behind an event of yesterday.
    if (!result.success || (result.output.before ?? '') > dayBefore(now, 1)) return undefined;
    return result.output;
  } catch {
    return undefined;
  }
}
