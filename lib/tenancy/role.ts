import * as v from 'valibot';
import { ApiError } from '#lib/core/api-error.ts';

export const TenantRoleSchema = v.picklist(['tenant_admin', 'member', 'reader']);
export const RoleSchema = v.picklist(['platform_admin', ...TenantRoleSchema.options]);

export type TenantRole = v.InferOutput<typeof TenantRoleSchema>;
export type Role = v.InferOutput<typeof RoleSchema>;

const grants = {
  platform_admin: [
    'tenants:create',
    'tenants:list',
    'tenants:read',
    'tenants:adjust',
    'tenants:write',
    'tenants:delete',
    'tenants:erase',
    'keys:read',
    'keys:write',
    'provider_keys:read',
    'provider_keys:write',
    'usage:read',
    'usage:read_all',
    'audit:read',
  ],
  tenant_admin: [
    'tenants:read',
    'tenants:adjust',
    'tenants:erase',
    'keys:read',
    'keys:write',
    'provider_keys:read',
    'provider_keys:write',
    'usage:read',
    'usage:read_all',
    'audit:read',
    'documents:read',
    'documents:write',
    'documents:manage',
    'search:read',
    'query:read',
    'models:read',
    'chat:write',
    'embeddings:write',
    'token:issue',
  ],
  member: [
    'documents:read',
    'documents:write',
    'search:read',
    'query:read',
    'models:read',
    'chat:write',
    'embeddings:write',
    'usage:read',
    'token:issue',
  ],
  reader: [
    'documents:read',
    'search:read',
    'query:read',
    'models:read',
    'chat:write',
    'embeddings:write',
    'usage:read',
    'token:issue',
  ],
} as const satisfies Record<Role, readonly string[]>;

export type Permission = (typeof grants)[Role][number];

export const isPermitted = (role: Role, permission: Permission): boolean =>
  grants[role].some((granted) => granted === permission);

/** Throws `forbidden`. The first statement of every verb. */
export function requirePermission(actor: { readonly role: Role }, permission: Permission): void {
  if (!isPermitted(actor.role, permission)) throw new ApiError('forbidden');
}
