import * as v from 'valibot';
import { TenantRoleSchema } from '#lib/tenancy/role.ts';
import { TenantIdSchema } from '#lib/tenancy/tenant-id.ts';
import { GroupsSchema } from './api-key.ts';

const shared = {
  sub: v.pipe(v.string(), v.minLength(1), v.maxLength(256)),
  exp: v.number(),
  iat: v.optional(v.number()),
};

/** The claims of a token that acts inside one tenant. `key`, where present, is the API key it was made from. */
const TenantClaimsSchema = v.object({
  ...shared,
  tenant_id: TenantIdSchema,
  role: TenantRoleSchema,
  groups: v.optional(GroupsSchema, []),
  key: v.optional(v.strictObject({ id: v.string(), rotation: v.number() })),
});

/** The claims of a platform administrator's token: it acts in no tenant, even where it names one. */
const PlatformClaimsSchema = v.object({
  ...shared,
  role: v.literal('platform_admin'),
  tenant_id: v.optional(TenantIdSchema),
});

export const TokenClaimsSchema = v.variant('role', [TenantClaimsSchema, PlatformClaimsSchema]);
export type TokenClaims = v.InferOutput<typeof TokenClaimsSchema>;
export type TenantClaims = v.InferOutput<typeof TenantClaimsSchema>;

/** Which claims of a foreign issuer hold the tenant, the role and the groups. */
export interface ClaimNames {
  tenant: string;
  role: string;
  groups: string;
}
