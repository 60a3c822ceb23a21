import { expect, test } from 'vitest';
import { createAuditWorld, platformAdmin } from './audit-world.ts';

test.each([
  ['from=2026-02-30', 'from'],
  ['from=yesterday', 'from'],
  ['to=2026-02-30T00:00:00Z', 'to'],
  ['from=2026-11-01&from=2026-11-02', 'from'],
  ['limit=0', 'limit'],
  ['limit=1001', 'limit'],
  ['limit=x', 'limit'],
  ['cursor=', 'cursor'],
  ['cursor=MTI', 'cursor'],
  ['user=ann', 'user'],
])('%s is refused', async (query, path) => {
  const { send } = await createAuditWorld();
  const response = await send(`GET /v1/audit?${query}`);
  expect(await response.json()).toMatchObject({ status: 400, code: 'invalid_request', errors: [{ path }] });
});

test('a body is checked where there is one', async () => {
  const { send } = await createAuditWorld();
  const verify = async (options: object) => (await send('POST /v1/audit/verify', undefined, options)).json();
  expect(await verify({ json: { from: 'x' } })).toMatchObject({ status: 400, errors: [{ path: 'from' }] });
  expect(await verify({ json: { since: '2026-01-01' } })).toMatchObject({ status: 400, errors: [{ path: 'since' }] });
  expect(await verify({ json: [] })).toMatchObject({ status: 400 });
  expect(await verify({ body: '{}', headers: { 'content-type': 'text/plain' } })).toMatchObject({ status: 415 });
});

test('a cursor opens the list that it is of, and no other', async () => {
  const { putDocument, list, listOnce, send } = await createAuditWorld();
  await putDocument('a');
  await listOnce('document.create', 'a');
  const { next_cursor: cursor } = await list('?limit=1&from=2000-01-01');
  expect((await send(`GET /v1/audit?limit=1&from=2000-01-01&cursor=${cursor}`)).status).toBe(200);
  expect((await send(`GET /v1/audit?limit=1&cursor=${cursor}`)).status).toBe(400);
  expect((await send(`GET /v1/audit?cursor=${cursor}`, { role: 'tenant_admin', tenant_id: 'beta' })).status).toBe(400);
});

test('the platform names one tenant that there was, and has no cursor of its own making', async () => {
  const { send } = await createAuditWorld();
  for (const [query, status] of [
    ['tenant_id=nobody', 404],
    ['tenant_id=A*', 400],
    ['tenant_id=acme&tenant=beta', 400],
    ['cursor=eA', 400],
  ]) {
    expect((await send(`GET /v1/audit?${query}`, platformAdmin)).status, `${query}`).toBe(status);
  }
});

test('an export that nothing can be read for is a problem, not half a file', async () => {
  const { send, list, tamper } = await createAuditWorld();
  await list();
  tamper('DROP TABLE block');
  const response = await send('GET /v1/audit', undefined, { headers: { accept: 'application/x-ndjson' } });
  expect(response.status).toBe(503);
  expect(response.headers.get('content-type')).toBe('application/problem+json');
});
