import { parseArgs } from 'node:util';
import * as v from 'valibot';

export const usage = `Usage: npm run audit:verify -- --file EXPORT.ndjson [--keys JWKS.json | --unsigned]
Checks an export of the audit trail, which needs nothing of the platform but its keys: those of JWT_SECRET or JWT_PRIVATE_KEY in the
environment, or a copy of /.well-known/jwks.json. --unsigned checks how the events hang together, and no signature.
Exits with 0: it is whole, 1: it is not, or can't be read, 2: this is no call.`;

const file = v.pipe(v.string(), v.minLength(1), v.maxLength(4_096));

const Arguments = v.pipe(
  v.strictObject({ file, keys: v.optional(file), unsigned: v.optional(v.boolean(), false) }),
  v.check(({ keys, unsigned }) => keys === undefined || !unsigned),
);

export type VerifyAuditArguments = v.InferOutput<typeof Arguments>;

/** What is to be checked; `undefined` for what is no call. */
export function readArguments(args: string[]): VerifyAuditArguments | undefined {
  const string = { type: 'string' } as const;
  try {
    const { values } = parseArgs({ args, options: { file: string, keys: string, unsigned: { type: 'boolean' } } });
    const result = v.safeParse(Arguments, values);
    return result.success ? result.output : undefined;
  } catch {
    return undefined;
  }
}
