import { expect, test } from 'vitest';
import { createAuditWorld, platformAdmin } from './audit-world.ts';

test('a change stands in the trail as it was meant and as it ended', async () => {
  const { putDocument, listOnce } = await createAuditWorld();
  expect((await putDocument('returns')).status).toBe(201);
  const events = await listOnce('document.create', 'returns');
  const [intent, outcome] = events.filter(({ target }) => target === 'returns');
  expect(intent).toMatchObject({
    tenant_id: 'acme',
    user_id: 'admin',
    action: 'document.create',
    outcome: 'begun',
    hash: expect.stringMatching(/^[0-9a-f]{64}$/),
  });
  expect(outcome).toMatchObject({ action: 'document.create', outcome: 'success', intent: intent?.sequence });
  expect(events.map(({ sequence }) => sequence)).toEqual(events.map((_, index) => index + 1));
});

test('reading the trail is an access, in the chain that was read', async () => {
  const { addTenant, list, listOnce, verify, exportText } = await createAuditWorld();
  await addTenant('acme');
  await list();
  await verify();
  await exportText();
  for (const action of ['audit.list', 'audit.verify', 'audit.export']) {
    expect(await listOnce(action, '*')).toContainEqual(expect.objectContaining({ action, user_id: 'admin' }));
  }
  await list('?tenant_id=acme', platformAdmin);
  await expect
    .poll(async () => (await list('?limit=1000')).events, { timeout: 20_000 })
    .toContainEqual(expect.objectContaining({ action: 'audit.list', user_id: 'operator', tenant_id: 'acme' }));
});

test('a list goes on where it ended, newest last', async () => {
  const { putDocument, list, listOnce } = await createAuditWorld();
  for (const id of ['a', 'b', 'c']) await putDocument(id);
  await listOnce('document.create', 'c');
  const first = await list('?limit=2');
  expect(first.events.map(({ sequence }) => sequence)).toEqual([1, 2]);
  const second = await list(`?limit=2&cursor=${first.next_cursor}`);
  expect(second.events.map(({ sequence }) => sequence)).toEqual([3, 4]);
  const whole = await list('?limit=1000');
  expect(whole.next_cursor).toBeUndefined();
  expect(whole.events.slice(0, 4)).toEqual([...first.events, ...second.events]);
});

test('a list holds what lies between its two times, both included', async () => {
  const { putDocument, list, listOnce } = await createAuditWorld();
  await putDocument('a');
  const [event] = await listOnce('document.create', 'a');
  const at = event?.timestamp ?? expect.fail('There is an event');
  const day = at.slice(0, 10);
  const targets = async (query: string) => (await list(query)).events.map(({ sequence }) => sequence);
  expect(await targets(`?from=${at}&to=${at}`)).toContain(1);
  expect(await targets(`?from=${day}&to=${day}`)).toContain(1);
  expect(await targets(`?from=${day}&limit=1`)).toEqual([1]);
  expect(await targets('?from=2999-01-01')).toEqual([]);
  expect(await targets('?to=2000-01-01')).toEqual([]);
});

test("the platform reads its own chain, and each tenant's", async () => {
  const { addTenant, putDocument, list, listOnce, verify } = await createAuditWorld();
  await addTenant('beta');
  await putDocument('only-of-beta', { tenant_id: 'beta', role: 'tenant_admin' });
  await listOnce('document.create', 'only-of-beta', { tenant_id: 'beta', role: 'tenant_admin' });
  const { events: own } = await list('?limit=1000', platformAdmin);
  expect(own.every(({ tenant_id }) => tenant_id === '_platform')).toBe(true);
  const first = await list('?tenant_id=beta&limit=1', platformAdmin);
  expect(first.events).toMatchObject([{ tenant_id: 'beta', sequence: 1 }]);
  const next = await list(`?tenant_id=beta&limit=1&cursor=${first.next_cursor}`, platformAdmin);
  expect(next.events).toMatchObject([{ tenant_id: 'beta', sequence: 2 }]);
  expect(await verify({}, platformAdmin, '?tenant_id=beta')).toMatchObject({ valid: true });
  expect(await verify({}, platformAdmin)).toMatchObject({ valid: true });
});

test('a chain that nobody has touched is valid; a request for that needs no body', async () => {
  const { putDocument, listOnce, verify, send } = await createAuditWorld();
  await putDocument('a');
  const events = await listOnce('document.create', 'a');
  const verdict = await verify();
  expect(verdict).toMatchObject({ valid: true, unknown_checkpoints: 0 });
  expect(verdict.events).toBeGreaterThanOrEqual(events.length);
  expect(verdict.checkpoints).toBeGreaterThanOrEqual(1);
  expect(verdict.anchored).toBeGreaterThanOrEqual(1);
  expect(verdict).not.toHaveProperty('first_break');
  expect(await (await send('POST /v1/audit/verify')).json()).toMatchObject({ valid: true });
  expect(await verify({ from: '2000-01-01', to: '2000-01-02' })).toMatchObject({ valid: true, events: 0 });
});
