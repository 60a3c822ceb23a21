import type { TenantId } from './tenant-id.ts';
import type { TenantRole } from './role.ts';
import type { GuardrailPolicy } from '#lib/guardrails/policy.ts';
import type { UsageMeter } from '#lib/usage/usage-meter.ts';
import type { Budget, CacheSettings, LimitSettings, RetrievalSettings, TelemetrySettings } from './tenant.ts';
import { tenantCollection, type StateCollection, type TenantRef } from './state-key.ts';

declare const scopeBrand: unique symbol;

/** Where a request came from, for the audit trail and the log. */
export interface Origin {
  readonly requestId: string;
  readonly ip: string | undefined;
  readonly traceId: string | undefined;
}

/**
 * Who acts, and for which tenant: the first argument of everything that touches a tenant's data.
 * Only `authenticate` makes one, out of a verified credential.
 */
export interface TenantScope extends TenantRef {
  readonly [scopeBrand]: true;
  readonly tenantId: TenantId;
  readonly userId: string;
  readonly role: TenantRole;
  /** Groups the user belongs to: a document with an access list is visible to its groups alone. */
  readonly groups: readonly string[];
  readonly credential: 'api_key' | 'token';
  /** The API key behind the credential, if there is one. */
  readonly keyId: string | undefined;
  readonly origin: Origin;
  /** Signs what clients hold for later, cursors for example. 32 bytes, of this tenant's incarnation only. */
  readonly signingKey: Uint8Array;
  /** How the tenant wants its searches weighted, where it has said so. */
  readonly retrieval: RetrievalSettings | undefined;
  readonly cache: CacheSettings | undefined;
  readonly guardrails: GuardrailPolicy | undefined;
  readonly telemetry: TelemetrySettings | undefined;
  /** Where what it spends is counted. */
  readonly account: TenantRef;
  readonly limits: LimitSettings;
  /** Whose budget it is by `tenant` and `key`. */
  readonly budgets: { readonly tenant: Budget | undefined; readonly key: Budget | undefined };
  /** The models that the tenant may use; `undefined` for all. */
  readonly models: readonly string[] | undefined;
  /** What this request has spent so far. */
  readonly usage: UsageMeter;
  collection(...parts: [kind: string, ...rest: string[]]): StateCollection;
}

export type ScopeClaims = Omit<TenantScope, typeof scopeBrand | 'collection'>;

export function createTenantScope(claims: ScopeClaims): TenantScope {
  const collection = (...parts: [string, ...string[]]) => tenantCollection(claims, 'data', ...parts);
  // The constructor of the brand.
  return Object.freeze({ ...claims, groups: Object.freeze([...claims.groups]), collection }) as TenantScope;
}

/** A platform administrator acts on tenants, never inside one. */
export interface PlatformActor {
  readonly role: 'platform_admin';
  readonly tenantId: undefined;
  readonly userId: string;
  readonly origin: Origin;
}

export type Actor = TenantScope | PlatformActor;
