import * as v from 'valibot';
import type { TenantRef } from '#lib/tenancy/state-key.ts';
import { isMissing } from './errors.ts';
import { toAlias } from './names.ts';
import type { Transport } from './transport.ts';

/** Milliseconds for the engine, and, a little later, for us to stop waiting for it. */
const engineTimeout = 1_300;
const timeout = 1_500;

/**
 * The rows that a query finds, as the schema knows them; `undefined` where the tenant has no index.
 * Throws `search_unavailable` also for an answer of which a part is missing.
 */
export async function findRows<Schema extends v.GenericSchema>(
  transport: Transport,
  tenant: TenantRef,
  schema: Schema,
  body: object,
  signal: AbortSignal,
): Promise<v.InferOutput<Schema> | undefined> {
  const path = `/${toAlias(tenant)}/_search`;
  const query = { allow_partial_search_results: 'false', cancel_after_time_interval: `${timeout}ms` };
  try {
    const call = { method: 'POST', path, query, body: { timeout: `${engineTimeout}ms`, ...body } } as const;
    return v.parse(schema, await transport.send(tenant, call, { timeout, tries: 2 }, signal));
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}
