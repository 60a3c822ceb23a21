import { parseArgs } from 'node:util';
import * as v from 'valibot';
import { functionNames } from '#lib/rollout/function-names.ts';

export const usage = `Usage: npm run rollout -- FUNCTION [--image IMAGE] [--env NAME=VALUE …]
                         [--steps 1,5,25,50,100] [--step-seconds 60] [--step-timeout 900] [--min-requests 20]
                         [--max-error-rate 0.01] [--max-latency 2.5] [--poll-seconds 5] [--timeout 300]
                         [--ingress http://ADDRESS[:PORT]] [--smoke-token TOKEN] [--prometheus URL]
       npm run rollout -- rollback FUNCTION
       npm run rollout -- status [FUNCTION]
FUNCTION is one of ${functionNames.join(', ')}. All take --namespace (genai-platform). Without --image and --env the latest
revision is rolled out, or the rollout that was interrupted goes on. The token may also stand in ROLLOUT_SMOKE_TOKEN.`;

const number = (min: number, max: number) =>
  v.pipe(v.string(), v.regex(/^\d{1,9}(\.\d{1,6})?$/), v.transform(Number), v.minValue(min), v.maxValue(max));
const whole = (min: number, max: number) => v.pipe(number(min, max), v.integer());
const httpUrl = v.pipe(v.string(), v.url(), v.regex(/^https?:/), v.maxLength(1_000));
const Variable = v.pipe(
  v.string(),
  v.regex(/^[A-Za-z_][A-Za-z0-9_]{0,199}=/),
  v.maxLength(32_000),
  v.transform((pair) => ({ name: pair.slice(0, pair.indexOf('=')), value: pair.slice(pair.indexOf('=') + 1) })),
);
const Steps = v.pipe(
  v.string(),
  v.regex(/^\d{1,3}(,\d{1,3}){0,19}$/),
  v.transform((text) => text.split(',').map(Number)),
  v.check((steps) => steps.at(-1) === 100 && steps.every((step, index) => step > (steps[index - 1] ?? 0))),
);
const FunctionName = v.picklist(functionNames);
const shared = {
  namespace: v.optional(v.pipe(v.string(), v.regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/)), 'genai-platform'),
};

const Arguments = v.variant('command', [
  v.strictObject({
    command: v.literal('rollout'),
    ...shared,
    service: FunctionName,
    image: v.optional(v.pipe(v.string(), v.regex(/^\S{1,1000}$/))),
    env: v.optional(v.pipe(v.array(Variable), v.maxLength(100)), []),
    steps: v.optional(Steps, '1,5,25,50,100'),
    'step-seconds': v.optional(number(0, 86_400), '60'),
    'step-timeout': v.optional(number(1, 86_400), '900'),
    'min-requests': v.optional(whole(1, 1_000_000), '20'),
    'max-error-rate': v.optional(number(0, 1), '0.01'),
    'max-latency': v.optional(number(0.001, 600), '2.5'),
    // Longer, and the claim on the Service would run out between two polls.
    'poll-seconds': v.optional(number(1, 20), '5'),
    timeout: v.optional(number(1, 86_400), '300'),
    ingress: v.optional(httpUrl),
    'smoke-token': v.optional(v.pipe(v.string(), v.regex(/^\S{1,16000}$/))),
    prometheus: v.optional(httpUrl),
  }),
  v.strictObject({ command: v.literal('rollback'), ...shared, service: FunctionName }),
  v.strictObject({ command: v.literal('status'), ...shared, service: v.optional(FunctionName) }),
]);

export type RolloutArguments = v.InferOutput<typeof Arguments>;

const string = { type: 'string' } as const;
const options = {
  namespace: string,
  image: string,
  env: { type: 'string', multiple: true },
  steps: string,
  'step-seconds': string,
  'step-timeout': string,
  'min-requests': string,
  'max-error-rate': string,
  'max-latency': string,
  'poll-seconds': string,
  timeout: string,
  ingress: string,
  'smoke-token': string,
  prometheus: string,
} as const;

/** What is to be done; `undefined` for what is not a call. */
export function readArguments(args: string[]): RolloutArguments | undefined {
  try {
    const { values, positionals } = parseArgs({ args, allowPositionals: true, options });
    const [first, second, ...others] = positionals;
    const isVerb = first === 'rollback' || first === 'status';
    const [command, service] = isVerb ? [first, second] : ['rollout', first];
    const tooMany = isVerb ? others.length > 0 : positionals.length > 1;
    const result = v.safeParse(Arguments, { ...values, command, ...(service === undefined ? {} : { service }) });
    return result.success && !tooMany ? result.output : undefined;
  } catch {
    return undefined;
  }
}
