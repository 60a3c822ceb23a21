import * as v from 'valibot';
import { expect, test, vi } from 'vitest';
import { toTenantAlias } from '#lib/retrieval/opensearch/names.ts';
import { createBackupWorld } from './opensearch-world.ts';

vi.setConfig({ testTimeout: 180_000 });

test('a tenant whose index was lost is back as it was, and the others as they are', async () => {
  const world = await createBackupWorld();
  const { tenants, readAll, send, snapshot } = world;
  const [acme, corp, other] = tenants;
  const before = await readAll(acme);
  expect(before).toHaveLength(7);
  const name = await world.takeSnapshot();

  await send('DELETE', `/${await world.nameOf(acme)}`);
  expect(await readAll(acme)).toEqual([]);
  await world.store(corp, 3, { text: 'Changed later.' });
  const others = [await readAll(corp), await readAll(other)];

  const { code, output } = await snapshot('restore', '--snapshot', name, '--tenant', acme);
  expect(output).toContain(`${acme}  restored ${await world.nameOf(acme)} as ${await world.nameOf(acme, 1)}`);
  expect(code).toBe(0);
  expect(await readAll(acme)).toEqual(before);
  expect([await readAll(corp), await readAll(other)]).toEqual(others);
  expect(await world.findIndices(acme)).toEqual([await world.nameOf(acme, 1)]);
  await world.expectWorking(acme);
});

test('a restore is in the trail of the tenant that it was of', async () => {
  const { tenants, platform, asAdmin, takeSnapshot, snapshot } = await createBackupWorld();
  const [acme, corp] = tenants;
  const name = await takeSnapshot();
  expect(await snapshot('restore', '--snapshot', name, '--tenant', acme)).toMatchObject({ code: 0 });
  const Trail = v.object({ events: v.array(v.record(v.string(), v.unknown())) });
  const restored = async (tenant: string) => {
    const response = await platform.call('GET /v1/audit?limit=1000', { token: await asAdmin(tenant) });
    const { events } = v.parse(Trail, await response.json());
    return events.filter(({ action }) => action === 'tenant.restore');
  };
  const event = { user_id: 'operator:snapshot', target: `${acme}/${name}` };
  expect(await restored(acme)).toMatchObject([
    { ...event, outcome: 'begun' },
    { ...event, outcome: 'success' },
  ]);
  expect(await restored(corp)).toEqual([]);
  const verdict = await platform.call('POST /v1/audit/verify', { token: await asAdmin(acme), json: {} });
  expect(await verdict.json()).toMatchObject({ valid: true });
});

test('the audit trail is in the snapshot, and back where it was lost', async () => {
  const { tenants, platform, asAdmin, send, takeSnapshot, repository } = await createBackupWorld();
  const [acme] = tenants;
  const token = await asAdmin(acme);
  const verify = async () => {
    const response = await platform.call('POST /v1/audit/verify', { token, json: {} });
    return v.parse(v.object({ valid: v.boolean(), events: v.number() }), await response.json());
  };
  const before = await verify();
  expect(before).toMatchObject({ valid: true });
  const name = await takeSnapshot();

  await send('DELETE', '/genai-audit');
  expect(await verify()).toMatchObject({ valid: false });
  // What was appended meanwhile stands in an index with the same fields.
  await vi.waitFor(
    async () =>
      expect(await send('GET', '/genai-audit/_mapping')).toMatchObject({
        'genai-audit': { mappings: { dynamic: 'strict' } },
      }),
    { timeout: 20_000 },
  );
  await send('DELETE', '/genai-audit');
  await send('POST', `/_snapshot/${repository}/${name}/_restore?wait_for_completion=true`, {
    indices: 'genai-audit',
    include_global_state: false,
  });
  const response = await platform.call('GET /v1/audit?limit=1000', { token });
  const { events } = v.parse(v.object({ events: v.array(v.object({ sequence: v.number() })) }), await response.json());
  expect(events.length).toBeGreaterThanOrEqual(before.events);
  expect(events.slice(0, before.events).map(({ sequence }) => sequence)).toEqual(
    Array.from({ length: before.events }, (_, index) => index + 1),
  );
});

test('all tenants of a snapshot are back as they were, whatever happened to them', async () => {
  const world = await createBackupWorld();
  const { tenants, send, snapshot, findIndices } = world;
  const [acme, corp, other] = tenants;
  const before = await world.readEach();
  const name = await world.takeSnapshot();

  await send('DELETE', `/${await world.nameOf(acme)}`);
  await world.store(corp, 9, { text: 'Changed later.', groups: ['hr'] });
  const token = await world.asAdmin(other);
  for (const id of ['doc-0', 'doc-1']) await world.platform.call(`DELETE /v1/documents/${id}`, { token });
  await send('POST', '/_aliases', {
    actions: [{ remove: { index: await world.nameOf(other), alias: toTenantAlias(other) } }],
  });

  const { code, output } = await snapshot('restore', '--snapshot', name, '--all');
  expect(output).toContain('3 restored, ');
  expect(code, output).toBe(0);
  expect(await world.readEach()).toEqual(before);
  for (const id of tenants) {
    expect(await findIndices(id)).toEqual([await world.nameOf(id, 1)]);
    await world.expectWorking(id);
  }
});

test('a tenant is restored while it is written and searched: no document is there twice or in part', async () => {
  const world = await createBackupWorld();
  const [acme] = world.tenants;
  const name = await world.takeSnapshot();
  const token = await world.asAdmin(acme);
  let isDone = false;
  const versions = new Map<string, number>();
  const failures: unknown[] = [];
  const writers = [0, 1, 2].map(async (writer) => {
    for (let version = 0; !isDone; version += 1) {
      const id = `live-${writer}`;
      const text = `Live number ${version} of writer ${writer}. `.repeat(80);
      const response = await world.platform.call(`PUT /v1/documents/${id}`, { token, json: { text } });
      if (response.ok) versions.set(id, version);
      else failures.push(await response.json());
    }
  });
  const readers = [0, 1].map(async () => {
    while (!isDone) {
      const search = await world.platform.call('POST /v1/search', { token, json: { query: 'refunds', limit: 50 } });
      const { hits } = Object(await search.json());
      if (hits?.length === 0) failures.push('A search found nothing');
    }
  });
  const { code, output } = await world.snapshot('restore', '--snapshot', name, '--tenant', acme);
  expect(code, output).toBe(0);
  const atRestore = new Map(versions);
  await vi.waitFor(() => {
    for (const [id, version] of atRestore) expect(versions.get(id)).toBeGreaterThan(version);
  }, 60_000);
  isDone = true;
  await Promise.all([...writers, ...readers]);

  expect(failures).toEqual([]);
  const search = await world.platform.call('POST /v1/search', {
    token,
    json: { query: 'live number', limit: 100, filter: {} },
  });
  const { hits } = Object(await search.json());
  for (const [id, version] of versions) {
    const shown = hits.filter(({ document_id: found }: { document_id: string }) => found === id);
    expect(shown.length).toBeGreaterThan(0);
    for (const { text } of shown) expect(text).toContain(`Live number ${version} of`);
    const positions = shown.map(({ chunk }: { chunk: number }) => chunk);
    expect(new Set(positions).size, 'each chunk once').toBe(positions.length);
  }
  expect(await world.findIndices(acme)).toEqual([await world.nameOf(acme, 1)]);
});
