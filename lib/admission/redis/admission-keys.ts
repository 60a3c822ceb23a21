import { tenantPrefix, type TenantRef } from '#lib/tenancy/state-key.ts';

/** What an account is allowed. Without lifetimes, as its ledger. */
export interface AdmissionKeys {
  /** Of each step of the last minute its count, and `total`, `first`, `last`. */
  requests: string;
  tokens: string;
  /** By the lease's id. */
  leases: string;
  /** Ids of leases, by the milliseconds of the server's clock. */
  expiry: string;
  /** Of each owner its `period`, `spent` and `reserved`. */
  budgets: string;
}

export function admissionKeys(account: TenantRef): AdmissionKeys {
  const prefix = tenantPrefix(account);
  return {
    requests: `${prefix}#requests`,
    tokens: `${prefix}#tokens`,
    leases: `${prefix}#leases`,
    expiry: `${prefix}#leases-expiry`,
    budgets: `${prefix}#budgets`,
  };
}
