import * as v from 'valibot';
import type { KnativeService } from './knative-services.ts';

export const RevisionName = v.pipe(v.string(), v.regex(/^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/));
const Time = v.pipe(v.number(), v.integer(), v.minValue(0));
/** Where a rollout is, as it stands at the Service: whoever starts it again goes on from here. */
const StateSchema = v.strictObject({
  stable: RevisionName,
  /** The latest revision before this rollout made its own. */
  latest: RevisionName,
  canary: v.optional(RevisionName),
  image: v.optional(v.pipe(v.string(), v.maxLength(1_000))),
  env: v.pipe(
    v.array(v.strictObject({ name: v.string(), value: v.pipe(v.string(), v.maxLength(32_000)) })),
    v.maxLength(100),
  ),
  /** 0 until the canary has passed its smoke test. */
  percent: v.pipe(v.number(), v.minValue(0), v.maxValue(100)),
  startedAt: Time,
  stepStartedAt: Time,
});
export type RolloutState = v.InferOutput<typeof StateSchema>;

const LeaseSchema = v.strictObject({ holder: v.pipe(v.string(), v.maxLength(300)), renewedAt: Time });
export type Lease = v.InferOutput<typeof LeaseSchema>;

export const annotationPrefix = 'rollout.genai-platform';
const stateKey = `${annotationPrefix}/state`;
const leaseKey = `${annotationPrefix}/lease`;

function readAnnotation<Schema extends v.GenericSchema>(
  schema: Schema,
  { name, annotations }: KnativeService,
  key: string,
): v.InferOutput<Schema> | undefined {
  const text = annotations[key];
  if (text === undefined) return undefined;
  try {
    return v.parse(schema, JSON.parse(text));
  } catch (cause) {
    throw new Error(`The annotation ${key} of ${name} cannot be read; take it away with kubectl annotate`, { cause });
  }
}

export const readState = (service: KnativeService): RolloutState | undefined =>
  readAnnotation(StateSchema, service, stateKey);
export const readLease = (service: KnativeService): Lease | undefined => readAnnotation(LeaseSchema, service, leaseKey);

/** The revision that this rollout made, once Knative has it. */
export const canaryOf = ({ canary, latest }: RolloutState, { latestCreated }: KnativeService): string | undefined =>
  canary ?? (latestCreated === latest ? undefined : latestCreated);

export const writeState = (state: RolloutState) => ({ [stateKey]: JSON.stringify(state) });
export const writeLease = (lease: Lease) => ({ [leaseKey]: JSON.stringify(lease) });
export const noState = { [stateKey]: null };
export const noLease = { [leaseKey]: null };
