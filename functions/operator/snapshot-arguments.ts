import { parseArgs } from 'node:util';
import * as v from 'valibot';
import { TenantIdSchema } from '#lib/tenancy/tenant-id.ts';

export const usage = `Usage: npm run snapshot -- create   [--repository NAME] [--type fs|s3 --location PATH_OR_BUCKET/PATH] [--setting KEY=VALUE …]
       npm run snapshot -- list     [--repository NAME] [--type …]
       npm run snapshot -- restore  [--repository NAME] [--type …] [--snapshot NAME] --tenant ID|--all [--force]
       npm run snapshot -- verify   [--repository NAME] [--type …] [--snapshot NAME] [--max-age 26h] [--sample TENANTS]
       npm run snapshot -- prune    [--repository NAME] --keep N
       npm run snapshot -- schedule [--repository NAME] [--type …] [--cron '0 3 * * *'] [--keep 7] [--max-age 30d]
Each waits at most --timeout MINUTES (360). Without --type the repository must be registered already. Unless --snapshot
names one, the newest complete one is taken; for verify it may be 26h old, unless --max-age says otherwise. One verify at a time.`;

const name = v.pipe(v.string(), v.regex(/^[a-z0-9][a-z0-9_.-]{0,99}$/));
const number = (max: number) =>
  v.pipe(v.string(), v.regex(/^\d{1,6}$/), v.transform(Number), v.minValue(1), v.maxValue(max));
const shared = {
  repository: v.optional(name, 'genai'),
  timeout: v.optional(number(100_000), '360'),
};
const age = v.pipe(v.string(), v.regex(/^\d{1,4}[dhm]$/));
const hours = { d: 24, h: 1, m: 1 / 60 };
const maxAge = v.pipe(
  age,
  v.transform((text) => {
    const unit = v.parse(v.picklist(['d', 'h', 'm']), text.slice(-1));
    return Number.parseInt(text, 10) * hours[unit] * 3_600_000;
  }),
);
const place = {
  ...shared,
  type: v.optional(v.picklist(['fs', 's3'])),
  location: v.optional(v.pipe(v.string(), v.minLength(1), v.maxLength(1_000))),
  setting: v.optional(v.array(v.pipe(v.string(), v.regex(/^[\w.]+=.+$/))), []),
};

const isWholePlace = ({ type, location }: { type?: string | undefined; location?: string | undefined }) =>
  (type === undefined) === (location === undefined);

const Arguments = v.variant('command', [
  v.pipe(
    v.strictObject({ command: v.literal('create'), ...place }),
    v.check((given) => isWholePlace(given)),
  ),
  v.pipe(
    v.strictObject({ command: v.literal('list'), ...place }),
    v.check((given) => isWholePlace(given)),
  ),
  v.pipe(
    v.strictObject({
      command: v.literal('restore'),
      ...place,
      snapshot: v.optional(name),
      tenant: v.optional(TenantIdSchema),
      all: v.optional(v.boolean(), false),
      force: v.optional(v.boolean(), false),
    }),
    v.check(({ tenant, all }) => (tenant === undefined) === all),
    v.check((given) => isWholePlace(given)),
  ),
  v.pipe(
    v.strictObject({
      command: v.literal('verify'),
      ...place,
      snapshot: v.optional(name),
      'max-age': v.optional(maxAge),
      sample: v.optional(number(100_000)),
    }),
    v.check((given) => isWholePlace(given)),
  ),
  v.strictObject({ command: v.literal('prune'), ...shared, keep: number(10_000) }),
  v.pipe(
    v.strictObject({
      command: v.literal('schedule'),
      ...place,
      cron: v.optional(v.pipe(v.string(), v.regex(/^\S+( \S+){4}$/)), '0 3 * * *'),
      keep: v.optional(number(10_000), '7'),
      'max-age': v.optional(age, '30d'),
    }),
    v.check((given) => isWholePlace(given)),
  ),
]);

export type SnapshotArguments = v.InferOutput<typeof Arguments>;

/** What is to be done; `undefined` for what is not a call. */
export function readArguments(args: string[]): SnapshotArguments | undefined {
  const string = { type: 'string' } as const;
  const boolean = { type: 'boolean' } as const;
  try {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: {
        repository: string,
        timeout: string,
        type: string,
        location: string,
        setting: { type: 'string', multiple: true },
        snapshot: string,
        tenant: string,
        all: boolean,
        force: boolean,
        keep: string,
        cron: string,
        'max-age': string,
        sample: string,
      },
    });
    const [command, ...others] = positionals;
    const result = v.safeParse(Arguments, { ...values, command });
    return result.success && others.length === 0 ? result.output : undefined;
  } catch {
    return undefined;
  }
}
