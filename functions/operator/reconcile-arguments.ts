import { parseArgs } from 'node:util';
import * as v from 'valibot';
import { TenantIdSchema } from '#lib/tenancy/tenant-id.ts';
import { dayBefore, DaySchema } from '#lib/usage/day-range.ts';
import { defaultRetention } from '#lib/usage/rows-of-day.ts';

export const usage = `Usage: npm run reconcile -- --from YYYY-MM-DD --to YYYY-MM-DD [--tenant ID] [--logs FILE.ndjson]
         [--bill FILE.csv|FILE.json [--provider ID] [--alias NAME_ON_THE_BILL=MODEL …]] [--tolerance 0.02]
Compares the ledger of these days of UTC with its own daily aggregates, with the cost_event lines of a log, call by call, and with a
provider's bill: CSV with a header line, or a JSON array of objects, with day (optional), model, input_tokens, output_tokens and
cost_dollars. Calls with a tenant's own key are on no bill. Days should be over, entries are still added to today's, and lie no
more than ${defaultRetention.entries} days back: entries are kept for so long.
Exits with 0: apart by no more than the tolerance, 1: by more, or not all could be read, 2: this is no call.`;

const file = v.pipe(v.string(), v.minLength(1), v.maxLength(4_096));

const AliasSchema = v.pipe(
  v.string(),
  v.regex(/^[^=]+=[^=]+$/),
  v.transform((text): [string, string] => [text.slice(0, text.indexOf('=')), text.slice(text.indexOf('=') + 1)]),
);

const Arguments = v.pipe(
  v.strictObject({
    from: DaySchema,
    to: DaySchema,
    tenant: v.optional(TenantIdSchema),
    logs: v.optional(file),
    bill: v.optional(v.pipe(file, v.regex(/\.(?:csv|json)$/))),
    provider: v.optional(v.pipe(v.string(), v.minLength(1), v.maxLength(64))),
    alias: v.optional(v.pipe(v.array(AliasSchema), v.maxLength(1_000)), []),
    tolerance: v.optional(
      v.pipe(v.string(), v.regex(/^\d(?:\.\d{1,9})?$/), v.transform(Number), v.maxValue(1)),
      '0.02',
    ),
  }),
  v.check(({ from, to }) => from <= to),
  v.check(({ bill, provider, alias }) => bill !== undefined || (provider === undefined && alias.length === 0)),
  v.transform(({ from, to, alias, ...given }) => ({ ...given, aliases: new Map(alias), range: { from, to } })),
);

export type ReconcileArguments = v.InferOutput<typeof Arguments>;

/** What is to be compared; `undefined` for what is not a call. */
export function readArguments(args: string[], now: number): ReconcileArguments | undefined {
  const string = { type: 'string' } as const;
  try {
    const { values } = parseArgs({
      args,
      options: {
        from: string,
        to: string,
        tenant: string,
        logs: string,
        bill: string,
        provider: string,
        alias: { type: 'string', multiple: true },
        tolerance: string,
      },
    });
    const result = v.safeParse(Arguments, values);
    if (!result.success) return undefined;
    const { from, to } = result.output.range;
    const isKept = from >= dayBefore(now, defaultRetention.entries) && to <= dayBefore(now, 0);
    return isKept ? result.output : undefined;
  } catch {
    return undefined;
  }
}
