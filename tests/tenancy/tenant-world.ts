import { randomBytes } from 'node:crypto';
import { expect, onTestFinished } from 'vitest';
import { createApiKeyStore } from '#lib/auth/api-key-store.ts';
import type { ApiKeyRecord } from '#lib/auth/api-key.ts';
import { createReceiptSigner } from '#lib/auth/sign-receipt.ts';
import { createSqliteEngine } from '#lib/retrieval/engine-sqlite.ts';
import { createSqliteState } from '#lib/state/create-sqlite-state.ts';
import { parseTenantId } from '#lib/tenancy/tenant-id.ts';
import { createTenantRegistry } from '#lib/tenancy/tenant-registry.ts';
import { tenantCollection } from '#lib/tenancy/state-key.ts';
import type { PlatformActor } from '#lib/tenancy/tenant-scope.ts';
import { createEraseTenant } from '#lib/tenancy/verbs/erase-tenant.ts';
import { createRemoveTenant } from '#lib/tenancy/verbs/remove-tenant.ts';
import { createFakeAudit } from '#tests/support/audit.ts';
import { toNewDocument } from '#tests/support/documents.ts';
import { temporaryDirectory } from '#tests/support/process.ts';
import { calm, createScope } from '#tests/support/scope.ts';

export const id = parseTenantId('acme') ?? expect.fail('acme is a tenant id');
export const actor: PlatformActor = {
  role: 'platform_admin',
  tenantId: undefined,
  userId: 'admin',
  origin: { requestId: 'request-1', ip: undefined, traceId: undefined },
};
const key: ApiKeyRecord = {
  id: 'key-1',
  name: 'A key',
  role: 'member',
  groups: [],
  hash: 'hash',
  rotation: 0,
  created_at: '2026-05-01T12:00:00Z',
};

/** Real stores with one tenant's data; `disturb` is told the name of each call before it is made. */
export async function createTenantWorld(disturb: (call: string) => unknown = () => undefined) {
  const now = Date.now;
  const { store } = createSqliteState(':memory:');
  const engine = createSqliteEngine({ directory: temporaryDirectory() });
  onTestFinished(() => engine.close());
  onTestFinished(() => store.close());
  const tenants = createTenantRegistry({ store, now, randomBytes });
  const apiKeys = createApiKeyStore(store, now);
  const { incarnation } = await tenants.create(id, { name: 'Acme', limits: {} }, calm);
  const tenant = { tenantId: id, incarnation };
  const scope = createScope('acme', { incarnation });
  await engine.upsert(
    scope,
    ['a', 'b', 'c'].map((name) => toNewDocument(name, `Text of ${name}`)),
    calm,
  );
  await apiKeys.save(tenant, key, 0, calm);
  await store.put(tenantCollection(tenant, 'other').key('x'), 'x', {}, calm);

  const disturbed = <Deps extends object>(name: string, deps: Deps): Deps =>
    new Proxy(deps, {
      get(target, method, receiver) {
        const value: unknown = Reflect.get(target, method, receiver);
        if (typeof value !== 'function') return value;
        return async (...values: unknown[]) => {
          await disturb(`${name}.${String(method)}`);
          return Reflect.apply(value, target, values);
        };
      },
    });
  const waits: number[] = [];
  const signReceipt = createReceiptSigner({ secrets: new Map([['k', randomBytes(32)]]), privateKey: undefined });
  const others = disturbed('other', {
    wait: async (milliseconds: number) => void waits.push(milliseconds),
    signReceipt: signReceipt ?? expect.fail('There is a key'),
  });
  const deps = {
    tenants: disturbed('tenants', tenants),
    apiKeys: disturbed('apiKeys', apiKeys),
    engine: disturbed('engine', engine),
    store: disturbed('store', store),
    accounts: disturbed('accounts', { forget: async () => undefined }),
    audit: disturbed('audit', createFakeAudit()),
    checkMention: () => undefined,
    now,
    randomBytes,
    wait: others.wait,
    signReceipt: others.signReceipt,
  };
  return {
    eraseTenant: createEraseTenant(deps),
    removeTenant: createRemoveTenant(deps),
    engine,
    store,
    tenants,
    tenant,
    scope,
    waits,
  };
}
