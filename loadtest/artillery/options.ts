import { parseArgs } from 'node:util';
import * as v from 'valibot';

export const scenarioNames = ['reference', 'burst', 'noisy-neighbour'] as const;
export type ScenarioName = (typeof scenarioNames)[number];

export const usage = `Usage: npm run load -- ${scenarioNames.join('|')} --url URL [--ingress http://ADDRESS] [--secret-file FILE]
       [--duration SECONDS] [--users N] [--tenants N] [--idle SECONDS] [--report DIRECTORY] [--keep] [--allow-any-target]

The tenants are made with a token of the platform's own JWT_SECRET: from the file, or else from the variable of that name.
--ingress   connections go there, while the Host header stays the URL's
--users     at once; for burst: arrivals each second
--idle      for burst: seconds without a request before it, so that the functions have gone to zero
--keep      leaves the tenants load-1, load-2, … and their documents where they are`;

/** What a run of the scenario is unless told otherwise. */
const defaults: Record<ScenarioName, { duration: number; users: number; tenants: number }> = {
  reference: { duration: 300, users: 100, tenants: 20 },
  burst: { duration: 10, users: 60, tenants: 20 },
  // Fifty users of one tenant beside one user of each other.
  'noisy-neighbour': { duration: 120, users: 50, tenants: 11 },
};

const WebUrl = v.pipe(v.string(), v.url(), v.regex(/^https?:/, 'must begin with http:// or https://'));
const count = (min: number, max: number) =>
  v.pipe(v.string(), v.regex(/^\d{1,6}$/), v.transform(Number), v.minValue(min), v.maxValue(max));

const OptionsSchema = v.strictObject({
  scenario: v.picklist(scenarioNames),
  url: WebUrl,
  ingress: v.optional(WebUrl),
  'secret-file': v.optional(v.string()),
  duration: v.optional(count(1, 7_200)),
  users: v.optional(count(1, 1_000)),
  tenants: v.optional(count(2, 200)),
  idle: v.optional(count(0, 1_800), '0'),
  report: v.optional(v.string()),
  keep: v.optional(v.boolean(), false),
  'allow-any-target': v.optional(v.boolean(), false),
});

const string = { type: 'string' } as const;
const boolean = { type: 'boolean' } as const;

/** Throws where the arguments are not those of the usage. */
export function readOptions(args: string[]) {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      url: string,
      ingress: string,
      'secret-file': string,
      duration: string,
      users: string,
      tenants: string,
      idle: string,
      report: string,
      keep: boolean,
      'allow-any-target': boolean,
    },
  });
  const [scenario, ...rest] = positionals;
  if (rest.length > 0) throw new Error(`There is nothing to do with ${rest.join(' ')}`);
  const options = v.parse(OptionsSchema, { ...values, scenario });
  const { duration, users, tenants } = defaults[options.scenario];
  return {
    scenario: options.scenario,
    url: options.url,
    ingress: options.ingress,
    secretFile: options['secret-file'],
    seconds: options.duration ?? duration,
    users: options.users ?? users,
    tenants: options.tenants ?? tenants,
    idleSeconds: options.idle,
    report: options.report ?? `reports/load-${options.scenario}`,
    keep: options.keep,
    allowAnyTarget: options['allow-any-target'],
  };
}

export type LoadOptions = ReturnType<typeof readOptions>;
