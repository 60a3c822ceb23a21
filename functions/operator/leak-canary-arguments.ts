import { parseArgs } from 'node:util';
import * as v from 'valibot';

export const usage = `Usage: npm run leak-canary -- --url URL [--ingress http://ADDRESS] [--admin-token TOKEN] [--timeout SECONDS] [--silent]
Signs tokens with JWT_SECRET or JWT_PRIVATE_KEY of the environment, or makes API keys with the platform administrator's token.
Connects to --ingress, where it is given, and names the URL's host to it. Ends after --timeout seconds (300).
--silent leaves out requests that name the other tenant: the platform counts each as an attempt to reach it, and alerts.
Exits with 0: nothing leaks, 1: something does, 2: not everything could be probed.`;

const origin = v.pipe(
  v.string(),
  v.url(),
  v.regex(/^https?:/),
  v.transform((text) => new URL(text)),
  v.check((url) => url.pathname === '/' && url.search === '' && url.username === ''),
);

const Arguments = v.strictObject({
  url: origin,
  ingress: v.optional(origin),
  'admin-token': v.optional(v.pipe(v.string(), v.regex(/^[\w.~+/=-]{1,8192}$/))),
  timeout: v.optional(
    v.pipe(v.string(), v.regex(/^\d{1,4}$/), v.transform(Number), v.minValue(1), v.maxValue(3_000)),
    '300',
  ),
  silent: v.optional(v.boolean(), false),
});

export type LeakCanaryArguments = v.InferOutput<typeof Arguments>;

/** What is to be probed; `undefined` for what is not a call. */
export function readArguments(args: string[]): LeakCanaryArguments | undefined {
  const string = { type: 'string' } as const;
  try {
    const { values } = parseArgs({
      args,
      options: { url: string, ingress: string, 'admin-token': string, timeout: string, silent: { type: 'boolean' } },
    });
    const result = v.safeParse(Arguments, values);
    return result.success ? result.output : undefined;
  } catch {
    return undefined;
  }
}
