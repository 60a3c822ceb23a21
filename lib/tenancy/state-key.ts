declare const keyBrand: unique symbol;
declare const collectionBrand: unique symbol;

/** The address of one record in the state store. Only this module makes one. */
export type StateKey = string & { readonly [keyBrand]: true };

/** The address of a set of records that can be listed; `collection.key(id)` addresses one of them. */
export interface StateCollection {
  readonly [collectionBrand]: true;
  readonly prefix: string;
  key(id: string): StateKey;
}

/** The tenant's name and the incarnation of that name: a name that is deleted and created again differs. */
export interface TenantRef {
  readonly tenantId: string;
  readonly incarnation: string;
}

/** Tells incarnations of tenants apart in this process's memory. No key of a store: that is a `StateKey`. */
export const toRefText = ({ tenantId, incarnation }: TenantRef): string => `${tenantId}.${incarnation}`;

/**
 * The only encoder of keys. Each part is escaped so that it can't hold the separator: two different
 * lists of parts never give the same key, and no key is another tenant's prefix. The braces are a
 * Redis Cluster hash tag, which keeps all keys of a tenant in one slot.
 */
const encodeKey = (owner: string, parts: readonly string[]): string =>
  `genai:{${owner}}:${parts.map((part) => encodeURIComponent(part)).join(':')}`;

const ownerOf = ({ tenantId, incarnation }: TenantRef): string =>
  `${encodeURIComponent(tenantId)}.${encodeURIComponent(incarnation)}`;

function createCollection(owner: string, parts: readonly string[]): StateCollection {
  const prefix = `${encodeKey(owner, parts)}:`;
  // The constructor of the brand.
  return { prefix, key: (id: string) => `${prefix}${encodeURIComponent(id)}` as StateKey } as StateCollection;
}

/** A record of the platform itself. `_platform` is no tenant id. */
export const platformCollection = (...parts: string[]): StateCollection => createCollection('_platform', parts);

/** What every key of the tenant's incarnation begins with, and no other key. */
export const tenantPrefix = (tenant: TenantRef): string => encodeKey(ownerOf(tenant), ['']);

/** Takes a key apart: what all keys of its owner and of its collection begin with, and the record's id. */
export function parseKey(key: StateKey): { owner: string; prefix: string; id: string } {
  const prefix = key.slice(0, key.lastIndexOf(':') + 1);
  return { owner: ownerPrefix(prefix), prefix, id: decodeURIComponent(key.slice(prefix.length)) };
}

/** What all keys of a collection's owner begin with. */
export const ownerPrefix = (prefix: string): string => prefix.slice(0, prefix.indexOf('}:') + 2);

/** A record of one tenant, in its own hash slot. Data functions get theirs from a `TenantScope`. */
export const tenantCollection = (tenant: TenantRef, ...parts: string[]): StateCollection =>
  createCollection(ownerOf(tenant), parts);
