import { expect, test } from 'vitest';
import { tenantCollection } from '#lib/tenancy/state-key.ts';
import { calm } from '#tests/support/scope.ts';
import { actor, createTenantWorld, id } from './tenant-world.ts';

test('every process has the time to notice that the tenant is locked out', async () => {
  const { eraseTenant, waits } = await createTenantWorld();
  await eraseTenant(actor, id, calm);
  expect(waits).toHaveLength(1);
  expect(waits[0]).toBeGreaterThan(500);
});

test('whatever call fails, the next erasure finishes it, and its receipt tells all there was', async () => {
  const calls: string[] = [];
  const whole = await createTenantWorld((call) => void calls.push(call));
  await whole.eraseTenant(actor, id, calm);
  expect(calls).toEqual(expect.arrayContaining(['tenants.update', 'engine.count', 'engine.drop', 'store.clearTenant']));

  for (const [position, call] of calls.entries()) {
    let made = 0;
    const name = `call ${position}, ${call}`;
    const world = await createTenantWorld(() => {
      made += 1;
      if (made === position + 1) throw new Error(`${name} failed`);
    });
    await expect(world.eraseTenant(actor, id, calm), name).rejects.toThrow(`${name} failed`);
    const receipt = await world.eraseTenant(actor, id, calm);
    expect(receipt.erased, name).toMatchObject({ documents: 3, api_keys: 1 });
    expect(await world.tenants.find(id, calm), name).toMatchObject({ status: 'active', name: 'Acme' });
    expect(await world.engine.count(world.tenant, calm), name).toEqual({ documents: 0, chunks: 0 });
    expect(await world.store.clearTenant(world.tenant, calm), name).toBe(0);
  }
});

test('what is written while it is erased is erased as well', async () => {
  let cleared = 0;
  const world = await createTenantWorld((call) => {
    if (call !== 'store.clearTenant') return;
    cleared += 1;
    if (cleared === 2) void world.store.put(tenantCollection(world.tenant, 'late').key('x'), 'x', {}, calm);
  });
  const { erased } = await world.eraseTenant(actor, id, calm);
  expect(erased.state_records).toBe(3);
  expect(cleared).toBe(4);
  expect(await world.store.clearTenant(world.tenant, calm)).toBe(0);
});

test('what comes back again and again fails the erasure, and the next one finishes it', async () => {
  let isStubborn = true;
  const world = await createTenantWorld((call) => {
    if (call !== 'store.clearTenant' || !isStubborn) return;
    void world.store.put(tenantCollection(world.tenant, 'late').key('x'), 'x', {}, calm);
  });
  await expect(world.eraseTenant(actor, id, calm)).rejects.toMatchObject({ code: 'internal' });
  expect(await world.tenants.find(id, calm)).toMatchObject({ status: 'suspended' });
  isStubborn = false;
  expect((await world.eraseTenant(actor, id, calm)).erased).toMatchObject({ documents: 3, api_keys: 1 });
});

test('the receipt tells how much was in the caches, also when it was counted by an earlier call', async () => {
  let isFirst = true;
  const world = await createTenantWorld((call) => {
    if (call !== 'store.clearTenant' || !isFirst) return;
    isFirst = false;
    throw new Error('The store failed');
  });
  await world.store.put(world.scope.collection('answer').key('a'), '{}', { ttlSeconds: 60 }, calm);
  await world.store.put(world.scope.collection('answer_similar').key('b'), '[]', { ttlSeconds: 60 }, calm);
  await expect(world.eraseTenant(actor, id, calm)).rejects.toThrow('The store failed');
  await world.store.clearTenant(world.tenant, calm);
  expect((await world.eraseTenant(actor, id, calm)).erased).toMatchObject({ cache_entries: 2 });
});

test('a new incarnation has a new signing key and takes tokens as the one before', async () => {
  const { eraseTenant, tenants } = await createTenantWorld();
  const before = await tenants.find(id, calm);
  await eraseTenant(actor, id, calm);
  const after = await tenants.find(id, calm);
  expect(after?.incarnation).not.toBe(before?.incarnation);
  expect(after?.signing_key).not.toBe(before?.signing_key);
  expect(after?.tokens_not_before).toBe(before?.tokens_not_before);
  expect(after).not.toHaveProperty('erasure');
});

test('an erasure ends where another call has renewed the tenant meanwhile, and leaves it alone', async () => {
  const other: { erase?: () => Promise<unknown> } = {};
  const world = await createTenantWorld(async (call) => {
    const { erase } = other;
    delete other.erase;
    if (call === 'other.wait') await erase?.();
    else other.erase = erase;
  });
  other.erase = () => world.eraseTenant(actor, id, calm);
  await expect(world.eraseTenant(actor, id, calm)).rejects.toMatchObject({ code: 'conflict' });
  const tenant = await world.tenants.find(id, calm);
  expect(tenant).toMatchObject({ status: 'active' });
  expect(tenant).not.toHaveProperty('erasure');
  expect(tenant?.incarnation).not.toBe(world.tenant.incarnation);
});

test('a deletion ends where an erasure has renewed the tenant meanwhile, and leaves it alone', async () => {
  let isFirst = true;
  const world = await createTenantWorld(async (call) => {
    if (call !== 'engine.drop' || !isFirst) return;
    isFirst = false;
    await world.eraseTenant(actor, id, calm);
  });
  await expect(world.removeTenant(actor, id, calm)).rejects.toMatchObject({ code: 'conflict' });
  const tenant = await world.tenants.find(id, calm);
  expect(tenant).toMatchObject({ status: 'suspended' });
  expect(tenant?.incarnation).not.toBe(world.tenant.incarnation);
  await world.removeTenant(actor, id, calm);
  expect(await world.tenants.find(id, calm)).toMatchObject({ status: 'deleted' });
});
