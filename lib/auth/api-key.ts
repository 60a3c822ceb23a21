import { timingSafeEqual } from 'node:crypto';
import * as v from 'valibot';
import { sha256Hex } from '#lib/core/digest.ts';
import { TenantRoleSchema } from '#lib/tenancy/role.ts';
import { parseTenantId, type TenantId } from '#lib/tenancy/tenant-id.ts';
import { BudgetSchema } from '#lib/tenancy/tenant.ts';

export const GroupsSchema = v.pipe(v.array(v.pipe(v.string(), v.minLength(1), v.maxLength(100))), v.maxLength(100));

/** What is stored of a key: its hash, never the key. A key has 256 random bits, so a plain hash is enough. */
export const ApiKeyRecordSchema = v.strictObject({
  id: v.string(),
  name: v.string(),
  role: TenantRoleSchema,
  groups: GroupsSchema,
  hash: v.string(),
  /** Grows with each rotation: tokens made from an earlier secret stop with it. */
  rotation: v.number(),
  budget: v.optional(BudgetSchema),
  created_at: v.string(),
  expires_at: v.optional(v.string()),
});

export type ApiKeyRecord = v.InferOutput<typeof ApiKeyRecordSchema>;

export interface ApiKey {
  tenantId: TenantId;
  keyId: string;
  secret: string;
}

export const apiKeyPrefix = 'gk_';

/** `gk_<tenant>.<key>.<secret>`: the tenant's name only says where to look the hash up. */
export const formatApiKey = ({ tenantId, keyId, secret }: ApiKey): string =>
  `${apiKeyPrefix}${tenantId}.${keyId}.${secret}`;

export function parseApiKey(text: string): ApiKey | undefined {
  const match = /^gk_([^.]+)\.([A-Za-z0-9_-]{12})\.([A-Za-z0-9_-]{43})$/.exec(text);
  const tenantId = parseTenantId(match?.[1]);
  return match?.[2] && match[3] && tenantId ? { tenantId, keyId: match[2], secret: match[3] } : undefined;
}

export const hashSecret = (secret: string): string => sha256Hex(secret);

export const isSecretOf = (record: ApiKeyRecord, secret: string): boolean =>
  timingSafeEqual(Buffer.from(record.hash, 'hex'), Buffer.from(hashSecret(secret), 'hex'));
