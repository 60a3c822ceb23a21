import * as v from 'valibot';
import { describe, expect, test, vi } from 'vitest';
import { writeRows } from '#lib/retrieval/opensearch/bulk.ts';
import { toAlias, toTargetAlias, toTenantAlias } from '#lib/retrieval/opensearch/names.ts';
import { createWriteId } from '#lib/retrieval/opensearch/write-id.ts';
import { chunkRowId, documentRowId, toChunkRow, toDocumentRow } from '#lib/retrieval/opensearch/rows.ts';
import { toNewDocument } from '#tests/support/documents.ts';
import { calm } from '#tests/support/scope.ts';
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

test('what was being written when the snapshot was taken stays hidden, and its lock is gone', async () => {
  const world = await createBackupWorld();
  const { transport, ledger } = world;
  const [acme] = world.tenants;
  const tenant = await world.refOf(acme);
  const before = await world.readAll(acme);
  const write = { id: createWriteId(Date.now()), document: 'doc-1' };
  expect(await ledger.begin(tenant, { id: 'batch', writes: [write] }, calm)).toBe(true);
  const document = toNewDocument('doc-1', 'Unfinished zebra.');
  const time = new Date().toISOString();
  const rows = [
    {
      id: documentRowId(write.id),
      source: toDocumentRow(tenant, document, write.id, { createdAt: time, updatedAt: time }),
    },
    ...document.pieces.map((piece, index) => ({
      id: chunkRowId(write.id, index),
      source: toChunkRow(tenant, document, write.id, piece, index),
    })),
  ];
  expect((await writeRows(transport, tenant, rows, toAlias(tenant), calm)).size).toBe(0);
  expect(await ledger.hold(tenant, 'somebody', calm)).toMatchObject({ isQuiet: false });
  const name = await world.takeSnapshot();
  await world.send('DELETE', `/${await world.nameOf(acme)}`);

  const { code, output } = await world.snapshot('restore', '--snapshot', name, '--tenant', acme);
  expect(code, output).toBe(0);
  expect(await world.readAll(acme)).toEqual(before);
  const token = await world.asAdmin(acme);
  const zebra = async () =>
    Object(await (await world.platform.call('POST /v1/search', { token, json: { query: 'zebra' } })).json()).hits;
  expect(await zebra()).toEqual([]);
  const put = await world.platform.call('PUT /v1/documents/doc-1', { token, json: { text: 'Finished giraffe.' } });
  expect(put.status).toBe(200);
  expect(await zebra()).toEqual([]);
  await world.expectWorking(acme);
});

test('the index that was being filled by a re-indexing is passed over', async () => {
  const world = await createBackupWorld();
  const [acme] = world.tenants;
  const before = await world.readAll(acme);
  const { incarnation } = await world.refOf(acme);
  await world.send('PUT', `/${await world.nameOf(acme, 1)}`, {
    aliases: { [toTargetAlias({ tenantId: acme, incarnation })]: {} },
    mappings: { _meta: { schema: 1, incarnation, embedder: null } },
  });
  const name = await world.takeSnapshot();
  await world.send('DELETE', `/${await world.nameOf(acme)}`);
  const { code, output } = await world.snapshot('restore', '--snapshot', name, '--tenant', acme);
  expect(output).toContain(`restored ${await world.nameOf(acme)} as ${await world.nameOf(acme, 2)}`);
  expect(code).toBe(0);
  expect(await world.readAll(acme)).toEqual(before);
  expect(await world.findIndices(acme)).toEqual([await world.nameOf(acme, 2)]);
});

describe('a snapshot from before', () => {
  test('an erasure brings nothing back', async () => {
    const world = await createBackupWorld();
    const [acme, corp] = world.tenants;
    const before = await world.readAll(corp);
    const name = await world.takeSnapshot();
    const erased = await world.platform.call(`POST /v1/tenants/${acme}/erase`, { token: world.admin });
    expect(erased.status).toBe(200);

    const one = await world.snapshot('restore', '--snapshot', name, '--tenant', acme);
    expect(one).toMatchObject({ code: 1, output: expect.stringContaining('belongs to another incarnation') });
    const all = await world.snapshot('restore', '--snapshot', name, '--all');
    expect(all, all.output).toMatchObject({ code: 0, output: expect.stringContaining('2 restored, ') });
    expect(all.output).toContain(`${acme}  refused: `);
    expect(await world.findIndices(acme)).toEqual([]);
    expect(await world.readAll(acme)).toEqual([]);
    expect(await world.readAll(corp)).toEqual(before);

    const forced = await world.snapshot('restore', '--snapshot', name, '--tenant', acme, '--force');
    expect(forced.code, forced.output).toBe(0);
    expect(await world.readAll(acme), 'its rows are not of this incarnation').toEqual([]);
    await world.store(acme, 2);
    expect(await world.readAll(acme)).toHaveLength(2);
  });

  test('a deletion is refused while the tenant is not registered', async () => {
    const world = await createBackupWorld();
    const [acme] = world.tenants;
    const name = await world.takeSnapshot();
    await world.platform.call(`DELETE /v1/tenants/${acme}`, { token: world.admin });
    const outcome = await world.snapshot('restore', '--snapshot', name, '--tenant', acme);
    expect(outcome).toMatchObject({ code: 1, output: expect.stringContaining('not registered') });
    expect(await world.findIndices(acme)).toEqual([]);
  });
});

test('snapshots are listed, and the newest are kept', async () => {
  const world = await createBackupWorld();
  const names: string[] = [];
  for (let count = 0; count < 3; count += 1) {
    names.push(await world.takeSnapshot());
    // A name is made of the second.
    await new Promise((resolve) => setTimeout(resolve, 1_000));
  }
  const listed = await world.snapshot('list');
  expect(
    listed.output
      .trim()
      .split('\n')
      .map((line) => line.split(' ')[0]),
  ).toEqual(names);
  const kept = await world.snapshot('prune', '--keep', '5');
  expect(kept).toMatchObject({ code: 0, output: '0 deleted\n' });
  const pruned = await world.snapshot('prune', '--keep', '2');
  expect(pruned).toMatchObject({ code: 0, output: `${names[0]}  deleted\n1 deleted\n` });
  const left = await world.snapshot('list');
  expect(
    left.output
      .trim()
      .split('\n')
      .map((line) => line.split(' ')[0]),
  ).toEqual(names.slice(1));
  const gone = await world.snapshot('restore', '--snapshot', names[0] ?? '', '--all');
  expect(gone).toMatchObject({ code: 1, output: expect.stringContaining('missing') });
});

test('what cannot be done says why', async () => {
  const world = await createBackupWorld();
  const { snapshot, repository } = world;
  expect(await snapshot('create')).toMatchObject({ code: 1, output: expect.stringContaining('missing') });
  await world.takeSnapshot();
  expect(await snapshot('create', '--type', 'fs', '--location', `${repository}-2`)).toMatchObject({
    code: 1,
    output: expect.stringContaining('registered with other settings'),
  });
  expect(await snapshot('schedule')).toMatchObject({
    code: 1,
    output: expect.stringContaining('run `create` and `prune` from a scheduler'),
  });
  const calls = [
    [],
    ['unknown'],
    ['create', '--type', 'fs'],
    ['create', '--type', 'gcs', '--location', 'x'],
    ['restore', '--snapshot', 'x'],
    ['restore', '--snapshot', 'x', '--all', '--tenant', 'a'],
    ['restore', '--snapshot', 'x', '--tenant', 'A*'],
    ['prune'],
    ['prune', '--keep', '0'],
    ['list', '--force'],
    ['list', 'more'],
  ];
  for (const args of calls) {
    expect(await snapshot(...args), args.join(' ')).toMatchObject({
      code: 2,
      output: expect.stringContaining('Usage'),
    });
  }
});
