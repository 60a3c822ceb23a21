import { describe, expect, test, vi } from 'vitest';
import { writeRows } from '#lib/retrieval/opensearch/bulk.ts';
import { toAlias, toTargetAlias } from '#lib/retrieval/opensearch/names.ts';
import { createWriteId } from '#lib/retrieval/opensearch/write-id.ts';
import { chunkRowId, documentRowId, toChunkRow, toDocumentRow } from '#lib/retrieval/opensearch/rows.ts';
import { toNewDocument } from '#tests/support/documents.ts';
import { calm } from '#tests/support/scope.ts';
import { createBackupWorld } from './opensearch-world.ts';

vi.setConfig({ testTimeout: 180_000 });

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
