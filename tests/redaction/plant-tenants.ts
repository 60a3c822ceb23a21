import type { CanaryWorld } from './canary-world.ts';

/** All that a tenant is made of, and what becomes of it; then the trail of everything. */
export async function plantTenants({ ask, plant, createToken }: CanaryWorld): Promise<void> {
  const admin = await createToken({ role: 'platform_admin', tenant_id: undefined as never });
  const token = await createToken({ role: 'tenant_admin' });
  await ask('POST /v1/tenants', { token: admin, json: { id: 'beta', name: plant('tenant name') } });
  await ask('POST /v1/tenants', { token: admin, json: { id: `No ${plant('tenant id')}`, name: 'x' } });
  await ask('PATCH /v1/tenants/beta', { token: admin, json: { models: [plant('model of a tenant')] } });
  await ask('PATCH /v1/tenants/beta', { token: admin, json: { budget: plant('budget') } });
  await ask('GET /v1/tenants/beta', { token: admin });
  await ask(`GET /v1/tenants/${plant('tenant in a path')}`, { token: admin });
  await ask('GET /v1/tenants', { token: admin });
  await ask(`GET /v1/tenants?cursor=${plant('cursor of tenants')}!`, { token: admin });
  await ask('GET /v1/models', { token });
  for (const action of ['suspend', 'resume', 'erase']) await ask(`POST /v1/tenants/beta/${action}`, { token: admin });
  await ask('DELETE /v1/tenants/beta', { token: admin });

  const ndjson = { accept: 'application/x-ndjson' };
  await ask('GET /v1/audit', { token, headers: ndjson });
  await ask('GET /v1/audit', { token: admin, headers: ndjson });
  await ask('GET /v1/audit?tenant_id=beta', { token: admin, headers: ndjson });
  await ask(`GET /v1/audit?from=${plant('from of the trail')}&cursor=${plant('cursor of the trail')}`, { token });
  await ask('POST /v1/audit/verify', { token, json: {} });
  await ask('POST /v1/audit/verify', { token, json: { from: plant('from of a verification') } });
}
