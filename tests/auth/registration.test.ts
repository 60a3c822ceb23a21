import { expect, onTestFinished, test } from 'vitest';
import { createApiKeyStore } from '#lib/auth/api-key-store.ts';
import { createAuthenticate } from '#lib/auth/authenticate.ts';
import { ApiError } from '#lib/core/api-error.ts';
import { createSqliteState } from '#lib/state/create-sqlite-state.ts';
import { parseTenantId } from '#lib/tenancy/tenant-id.ts';
import { createTenantRegistry, type TenantRegistry } from '#lib/tenancy/tenant-registry.ts';
import { createFakeAudit } from '#tests/support/audit.ts';
import { calm } from '#tests/support/scope.ts';

const tenantId = parseTenantId('acme') ?? expect.fail('acme is a tenant id');

/** Credentials of a user of `acme`, on a registry that the test may change. */
function createWorld(change: (tenants: TenantRegistry) => Partial<TenantRegistry> = () => ({})) {
  const { store } = createSqliteState(':memory:');
  onTestFinished(() => store.close());
  const real = createTenantRegistry({ store, now: Date.now, randomBytes: (size) => new Uint8Array(size) });
  const authenticate = createAuthenticate({
    verifyToken: async () => ({
      sub: 'user',
      role: 'member',
      tenant_id: tenantId,
      groups: [],
      exp: 0,
      iat: Date.now() / 1000 + 10,
    }),
    tenants: { ...real, ...change(real) },
    apiKeys: createApiKeyStore(store, Date.now),
    noteKeyUse: () => undefined,
    autoCreate: true,
    audit: createFakeAudit(),
    now: Date.now,
  });
  const enter = () => authenticate('Bearer token', { requestId: 'r', ip: undefined, traceId: undefined }, calm);
  return { tenants: real, enter };
}

const forestalled =
  (status: 'active' | 'suspended') =>
  (tenants: TenantRegistry): Partial<TenantRegistry> => ({
    async create(id, settings, signal) {
      await tenants.create(id, settings, signal);
      await tenants.update(id, (record) => ({ ...record, status }), signal);
      throw new ApiError('conflict');
    },
  });

test('a tenant that another process has just registered is let in', async () => {
  expect(await createWorld(forestalled('active')).enter()).toMatchObject({ tenantId: 'acme', role: 'member' });
});

test('one that is not active by then is not', async () => {
  await expect(createWorld(forestalled('suspended')).enter()).rejects.toMatchObject({ code: 'conflict' });
});

test('a tenant that could not be registered is no tenant', async () => {
  const { enter } = createWorld(() => ({
    create: async () => {
      throw new ApiError('state_unavailable');
    },
  }));
  await expect(enter()).rejects.toMatchObject({ code: 'state_unavailable' });
});

test('a deleted tenant is unknown to every token, whatever its age, and is not registered again', async () => {
  const { tenants, enter } = createWorld();
  await enter();
  await tenants.update(tenantId, (record) => ({ ...record, status: 'deleted' }), calm);
  await expect(enter()).rejects.toMatchObject({ code: 'tenant_unknown' });
});
