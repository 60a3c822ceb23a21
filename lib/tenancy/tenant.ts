import * as v from 'valibot';
import { TenantIdSchema } from './tenant-id.ts';

const count = (max: number) => v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(max));

export const TenantNameSchema = v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(200));

export const LimitsSchema = v.strictObject({
  requests_per_minute: v.optional(count(10_000_000)),
  tokens_per_minute: v.optional(count(10_000_000_000)),
  concurrent_requests: v.optional(count(100_000)),
});

export const BudgetSchema = v.strictObject({
  dollars: v.pipe(v.number(), v.finite(), v.minValue(0), v.maxValue(1_000_000_000)),
  period: v.picklist(['day', 'month', 'total']),
  hard: v.optional(v.boolean(), true),
});

export const ModelsSchema = v.pipe(v.array(v.pipe(v.string(), v.minLength(1), v.maxLength(200))), v.maxLength(200));

/** What the platform stores about a tenant. `incarnation` is new each time the name is created. */
export const TenantRecordSchema = v.strictObject({
  id: TenantIdSchema,
  incarnation: v.string(),
  name: TenantNameSchema,
  status: v.picklist(['active', 'suspended', 'deleted']),
  limits: LimitsSchema,
  budget: v.optional(BudgetSchema),
  models: v.optional(ModelsSchema),
  /** base64url, 32 bytes. */
  signing_key: v.string(),
  /** Seconds since the epoch: tokens issued before belong to an earlier incarnation. */
  tokens_not_before: v.number(),
  created_at: v.string(),
  updated_at: v.string(),
});

export type TenantRecord = v.InferOutput<typeof TenantRecordSchema>;
export type TenantSettings = Pick<TenantRecord, 'name' | 'limits' | 'budget' | 'models'>;
