import type { TenantRef } from '#lib/tenancy/state-key.ts';
import { parseTenantId, type TenantId } from '#lib/tenancy/tenant-id.ts';

/**
 * A tenant's alias and the index behind it. A dot can't occur in a tenant id, so `genai_acme.v*` is
 * never another tenant's; nothing anywhere uses `genai_<tenant>*`, which `acme-corp` would match.
 */
export const toAlias = (tenantId: string): string => `genai_${tenantId}`;

export const toIndexName = (tenantId: string, version: number): string => `${toAlias(tenantId)}.v${version}`;

/** The `<n>` of `genai_<tenant>.v<n>`, 0 for any other name. */
export const versionOf = (index: string): number => Number(/\.v(\d+)$/.exec(index)?.[1] ?? 0);

/** Whose index it is; `undefined` where it is no tenant's. */
export const ownerOf = (index: string): TenantId | undefined => parseTenantId(/^genai_([^.]+)\.v\d+$/.exec(index)?.[1]);

/** The ledger of an incarnation: an index that belongs to another has none under this id. */
export const toLedgerId = ({ incarnation }: TenantRef): string => `ledger.${incarnation}`;
