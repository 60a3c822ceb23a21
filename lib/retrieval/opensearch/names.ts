import { createHash } from 'node:crypto';
import type { TenantRef } from '#lib/tenancy/state-key.ts';
import { parseTenantId, type TenantId } from '#lib/tenancy/tenant-id.ts';

/**
 * A tenant's alias, for people. A dot can't occur in a tenant id, so `genai_acme.v*` is never another
 * tenant's; nothing anywhere uses `genai_<tenant>*`, which `acme-corp` would match.
 */
export const toTenantAlias = (tenantId: string): string => `genai_${tenantId}`;

/** Everything is read and written by this alias: a request of an incarnation that has ended finds nothing behind it. */
export const toAlias = ({ tenantId, incarnation }: TenantRef): string => `${toTenantAlias(tenantId)}.vi${incarnation}`;

/** Behind it an index is filled that is not in its place yet. */
export const toTargetAlias = ({ tenantId, incarnation }: TenantRef): string =>
  `${toTenantAlias(tenantId)}.vt${incarnation}`;

/** Behind it is an index that was fetched from a snapshot and is not in its place yet. */
export const toRestoreAlias = ({ tenantId, incarnation }: TenantRef): string =>
  `${toTenantAlias(tenantId)}.vr${incarnation}`;

export const toIndexName = (tenantId: string, version: number): string => `${toTenantAlias(tenantId)}.v${version}`;

/**
 * The version of an incarnation's first index: a number that no other incarnation begins with, so that
 * no name is ever used again and what deletes an old index can't meet a new one.
 */
export const firstVersionOf = (incarnation: string): number =>
  1_000_000 + (createHash('sha256').update(incarnation).digest().readUInt32BE() % 1_000_000_000);

/** The `<n>` of `genai_<tenant>.v<n>`, 0 for any other name. */
export const versionOf = (index: string): number => Number(/\.v(\d+)$/.exec(index)?.[1] ?? 0);

/** Whose index it is; `undefined` where it is no tenant's. */
export const ownerOf = (index: string): TenantId | undefined => parseTenantId(/^genai_([^.]+)\.v\d+$/.exec(index)?.[1]);

/** The ledger of an incarnation: an index that belongs to another has none under this id. */
export const toLedgerId = ({ incarnation }: TenantRef): string => `ledger.${incarnation}`;
