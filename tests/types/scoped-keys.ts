import type { SearchEngine } from '#lib/retrieval/engine.ts';
import type { StateStore } from '#lib/state/store.ts';
import type { TenantId } from '#lib/tenancy/tenant-id.ts';
import type { TenantScope } from '#lib/tenancy/tenant-scope.ts';

/** What must not compile. `tsc` fails where one of these lines does. */
export function mustNotCompile(
  store: StateStore,
  engine: SearchEngine,
  scope: TenantScope,
  signal: AbortSignal,
): unknown[] {
  const record = { tenantId: 'acme', incarnation: 'first', userId: 'u', role: 'member', groups: [] };
  // @ts-expect-error -- a key is made by a collection, not written as text
  const written = store.get('genai:{acme.first}:answer:1', signal);
  // @ts-expect-error -- a collection is made by a scope
  const listed = store.list({ prefix: 'genai:', key: (id: string) => id }, { limit: 1 }, signal);
  // @ts-expect-error -- a tenant id is parsed, not asserted
  const id: TenantId = 'acme';
  // @ts-expect-error -- a scope is made by `authenticate`
  const made: TenantScope = record;
  // @ts-expect-error -- an engine reads within a scope
  const found = engine.find(record, 'a', signal);
  // @ts-expect-error -- an engine does not read within a name
  const named = engine.find('acme', 'a', signal);
  // @ts-expect-error -- a scope cannot be moved to another tenant
  scope.tenantId = id;
  return [written, listed, id, made, found, named];
}
