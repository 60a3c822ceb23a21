import { expect, test } from 'vitest';
import { admin, createAuditWorld, platformAdmin } from './audit-world.ts';

const beta = { ...admin, tenant_id: 'beta' };

test('no tenant sees an event of another', async () => {
  const { putDocument, listOnce, exportText, verify } = await createAuditWorld();
  await putDocument('of-acme');
  await putDocument('of-beta', beta);
  const acmes = await listOnce('document.create', 'of-acme');
  const betas = await listOnce('document.create', 'of-beta', beta);
  expect(acmes.every(({ tenant_id }) => tenant_id === 'acme')).toBe(true);
  expect(betas.every(({ tenant_id }) => tenant_id === 'beta')).toBe(true);
  expect(betas[0]?.sequence).toBe(1);
  expect(await exportText('', beta)).not.toContain('acme');
  expect(await verify({}, beta)).toMatchObject({ valid: true });
});

test.each(['member', 'reader'])('a %s reads no trail', async (role) => {
  const { send } = await createAuditWorld();
  for (const target of ['GET /v1/audit', 'POST /v1/audit/verify']) {
    expect(await (await send(target, { role })).json()).toMatchObject({ status: 403, code: 'forbidden' });
  }
  const response = await send('GET /v1/audit', { role }, { headers: { accept: 'application/x-ndjson' } });
  expect(response.status).toBe(403);
});

test.each(['GET /v1/audit', 'POST /v1/audit/verify'])('%s about another tenant is refused', async (target) => {
  const { send, addTenant, metric } = await createAuditWorld();
  await addTenant('beta');
  const response = await send(`${target}?tenant_id=beta`);
  expect(await response.json()).toMatchObject({ status: 403, code: 'tenant_mismatch' });
  expect(await metric('genai_cross_tenant_leakage_attempts_total{kind="query"}')).toBe(1);
});

test('a tenant that is created again has a trail of its own, and the platform reads that of the deleted one until then', async () => {
  const { addTenant, putDocument, listOnce, list, verify, send } = await createAuditWorld({
    TENANT_AUTO_CREATE: 'false',
  });
  await addTenant('acme');
  await putDocument('secret-of-the-first');
  await listOnce('document.create', 'secret-of-the-first');
  expect((await send('DELETE /v1/tenants/acme', platformAdmin)).status).toBe(204);
  const targets = async (query: string) => (await list(query, platformAdmin)).events.map(({ target }) => target);
  expect(await targets('?tenant_id=acme&limit=1000')).toContain('secret-of-the-first');
  await addTenant('acme');
  expect(await targets('?tenant_id=acme&limit=1000')).not.toContain('secret-of-the-first');
  expect(await verify({}, platformAdmin, '?tenant_id=acme')).toMatchObject({ valid: true });
});

test('an erasure leaves the trail, which goes on', async () => {
  const { addTenant, putDocument, listOnce, send, list, verify } = await createAuditWorld();
  await addTenant('acme');
  await putDocument('before');
  await listOnce('document.create', 'before');
  expect((await send('POST /v1/tenants/acme/erase', platformAdmin)).status).toBe(200);
  const { events } = await list('?tenant_id=acme&limit=1000', platformAdmin);
  const targets = events.map(({ target }) => target);
  expect(targets).toContain('before');
  expect(await verify({}, platformAdmin, '?tenant_id=acme')).toMatchObject({ valid: true, events: expect.any(Number) });
  expect(events.at(-1)?.sequence).toBe(events.length);
});
