import * as v from 'valibot';
import { GuardrailPolicySchema } from '#lib/guardrails/policy.ts';
import { TenantIdSchema } from './tenant-id.ts';
import type { TenantRef } from './state-key.ts';

const count = (max: number) => v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(max));

export const TenantNameSchema = v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(200));

export const LimitsSchema = v.strictObject({
  requests_per_minute: v.optional(count(10_000_000)),
  tokens_per_minute: v.optional(count(10_000_000_000)),
  concurrent_requests: v.optional(count(100_000)),
  /** Against other tenants', where they wait for the same thing; 1 where nothing is said. */
  weight: v.optional(v.pipe(v.number(), v.minValue(0.01), v.maxValue(100))),
});

export const BudgetSchema = v.strictObject({
  dollars: v.pipe(v.number(), v.finite(), v.minValue(0), v.maxValue(1_000_000_000)),
  period: v.picklist(['day', 'month', 'total']),
  hard: v.optional(v.boolean(), true),
});

export const ModelsSchema = v.pipe(v.array(v.pipe(v.string(), v.minLength(1), v.maxLength(200))), v.maxLength(200));

const weight = v.pipe(v.number(), v.minValue(0), v.maxValue(1));

/** Weights of a hybrid search's clauses; only their ratio counts. */
export const RetrievalSchema = v.strictObject({
  weights: v.pipe(
    v.strictObject({ lexical: weight, ngram: weight, vector: weight }),
    v.check(({ lexical, ngram, vector }) => lexical + ngram + vector > 0, 'must not all be 0'),
  ),
});

/** How alike two questions must be for one's answer to be the other's, as a cosine; 1 stands for never. */
export const CacheSchema = v.strictObject({
  semantic_threshold: v.pipe(v.number(), v.minValue(0.8), v.maxValue(1)),
});

/** Whether traces hold what the tenant's users ask and are answered; they do not where nothing is said. */
export const TelemetrySchema = v.strictObject({ content: v.boolean() });

export type LimitSettings = v.InferOutput<typeof LimitsSchema>;
export type Budget = v.InferOutput<typeof BudgetSchema>;
export type CacheSettings = v.InferOutput<typeof CacheSchema>;
export type TelemetrySettings = v.InferOutput<typeof TelemetrySchema>;
export type RetrievalSettings = v.InferOutput<typeof RetrievalSchema>;

const found = v.pipe(v.number(), v.integer(), v.minValue(0));

/** An erasure that has begun and not ended. */
const ErasureSchema = v.strictObject({
  /** The status that the tenant had, to be restored. */
  resume: v.picklist(['active', 'suspended']),
  /** What there was to erase once nobody could add to it. */
  found: v.optional(
    v.strictObject({ documents: found, chunks: found, api_keys: found, cache_entries: v.optional(found, 0) }),
  ),
});

export type ErasureCount = NonNullable<v.InferOutput<typeof ErasureSchema>['found']>;

/** What the platform stores about a tenant. `incarnation` is new each time the name is created. */
export const TenantRecordSchema = v.strictObject({
  id: TenantIdSchema,
  incarnation: v.string(),
  /** What it has spent goes on under this name when an erasure begins a new incarnation. */
  account: v.optional(v.string()),
  name: TenantNameSchema,
  status: v.picklist(['active', 'suspended', 'deleted']),
  limits: LimitsSchema,
  budget: v.optional(BudgetSchema),
  models: v.optional(ModelsSchema),
  retrieval: v.optional(RetrievalSchema),
  cache: v.optional(CacheSchema),
  guardrails: v.optional(GuardrailPolicySchema),
  telemetry: v.optional(TelemetrySchema),
  erasure: v.optional(ErasureSchema),
  /** base64url, 32 bytes. */
  signing_key: v.string(),
  /** Seconds since the epoch: tokens issued before belong to an earlier incarnation. */
  tokens_not_before: v.number(),
  created_at: v.string(),
  updated_at: v.string(),
});

export type TenantRecord = v.InferOutput<typeof TenantRecordSchema>;
export type TenantSettings = Pick<
  TenantRecord,
  'name' | 'limits' | 'budget' | 'models' | 'retrieval' | 'cache' | 'guardrails' | 'telemetry'
>;

const base64url = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64url');

/** What is new with each incarnation of a name, so that nothing made for an earlier one fits. */
export const createIncarnation = (
  randomBytes: (size: number) => Uint8Array,
): Pick<TenantRecord, 'incarnation' | 'signing_key'> => ({
  incarnation: base64url(randomBytes(9)),
  signing_key: base64url(randomBytes(32)),
});

/** Where the tenant's spending is counted: an erasure starts nothing anew there, creating the name again does. */
export const accountOf = ({ id, incarnation, account }: TenantRecord): TenantRef => ({
  tenantId: id,
  incarnation: `account-${account ?? incarnation}`,
});
