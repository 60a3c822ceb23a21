import { expect, test } from 'vitest';
import { createApiKeyStore } from '#lib/auth/api-key-store.ts';
import { formatApiKey, hashSecret } from '#lib/auth/api-key.ts';
import { createAuthenticate } from '#lib/auth/authenticate.ts';
import { createSqliteState } from '#lib/state/create-sqlite-state.ts';
import { parseTenantId } from '#lib/tenancy/tenant-id.ts';
import { createTenantRegistry } from '#lib/tenancy/tenant-registry.ts';
import { createFakeAudit } from '#tests/support/audit.ts';
import { calm } from '#tests/support/scope.ts';

test('an API key ends with the very millisecond that it expires in', async () => {
  const expiry = Date.parse('2030-01-01T00:00:00Z');
  let time = expiry - 1;
  const now = () => time;
  const { store } = createSqliteState(':memory:', now);
  const tenants = createTenantRegistry({ store, now, randomBytes: (size) => new Uint8Array(size) });
  const apiKeys = createApiKeyStore(store, now);
  const tenantId = parseTenantId('acme') ?? expect.fail('acme is a tenant id');
  const { incarnation } = await tenants.create(tenantId, { name: 'Acme', limits: {} }, calm);
  const secret = 's'.repeat(43);
  const record = {
    id: 'k'.repeat(12),
    name: 'k',
    role: 'reader',
    groups: [],
    hash: hashSecret(secret),
    rotation: 0,
    created_at: '',
    expires_at: '2030-01-01T00:00:00Z',
  } as const;
  await apiKeys.save({ tenantId, incarnation }, { ...record, groups: [] }, 0, calm);
  const authenticate = createAuthenticate({
    verifyToken: async () => undefined,
    tenants,
    apiKeys,
    noteKeyUse: () => undefined,
    autoCreate: false,
    audit: createFakeAudit(),
    now,
  });
  const enter = () =>
    authenticate(
      `Bearer ${formatApiKey({ tenantId, keyId: record.id, secret })}`,
      { requestId: 'r', ip: undefined, traceId: undefined },
      calm,
    );

  expect(await enter()).toMatchObject({ tenantId: 'acme', role: 'reader' });
  time = expiry;
  await expect(enter()).rejects.toMatchObject({ code: 'unauthenticated' });
  await store.close();
});
