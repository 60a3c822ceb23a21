import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { getLoadablePath } from 'sqlite-vec';
import { afterAll, expect, test } from 'vitest';
import { createSqliteEngine } from '#lib/retrieval/engine-sqlite.ts';
import { describeReindexing } from '#tests/contracts/reindexing.ts';
import { describeSearchEngine } from '#tests/contracts/search-engine.ts';
import { testEmbedder } from '#tests/contracts/search-engine/under-test.ts';
import { toNewDocument, toSearch } from '#tests/support/documents.ts';
import { calm, createScope } from '#tests/support/scope.ts';

const directories: string[] = [];
function temporary(): string {
  const directory = mkdtempSync(join(tmpdir(), 'genai-engine-'));
  directories.push(directory);
  return directory;
}
afterAll(() => {
  for (const directory of directories) rmSync(directory, { recursive: true, force: true });
});

describeSearchEngine('sqlite', { open: async () => createSqliteEngine({ directory: temporary() }), hasVectors: false });
describeSearchEngine('sqlite with vectors', {
  open: async () =>
    createSqliteEngine({ directory: temporary(), vectorExtension: getLoadablePath(), embedder: testEmbedder }),
  hasVectors: true,
});

const shared = temporary();
describeReindexing('sqlite', {
  open: async (embedder) =>
    createSqliteEngine({ directory: shared, vectorExtension: embedder && getLoadablePath(), embedder }),
});

test('each incarnation of a tenant has a file of its own, and none once it is dropped', async () => {
  const directory = temporary();
  const engine = createSqliteEngine({ directory });
  for (const tenant of ['acme', 'acme-corp'])
    await engine.upsert(createScope(tenant), [toNewDocument('a', 'text')], calm);
  const files = () =>
    readdirSync(join(directory, 'search'))
      .filter((file) => file.endsWith('.db'))
      .toSorted();
  expect(files()).toEqual(['acme-corp.first.db', 'acme.first.db']);
  await engine.drop(createScope('acme'), calm);
  expect(files()).toEqual(['acme-corp.first.db']);
  await expect(engine.search(createScope('acme'), toSearch('text'), calm)).rejects.toMatchObject({
    code: 'tenant_unknown',
  });
  await engine.close();
});

test('more tenants than may be open at once take turns', async () => {
  const engine = createSqliteEngine({ directory: temporary() });
  const tenants = Array.from({ length: 70 }, (_, index) => createScope(`tenant-${index}`));
  for (const scope of tenants) await engine.upsert(scope, [toNewDocument('a', `word of ${scope.tenantId}`)], calm);
  for (const scope of tenants) {
    const { hits } = await engine.search(scope, toSearch('word'), calm);
    expect(hits.map(({ text }) => text)).toEqual([`word of ${scope.tenantId}`]);
  }
  await engine.close();
});

test('documents survive a restart', async () => {
  const directory = temporary();
  const first = createSqliteEngine({ directory });
  await first.upsert(createScope('acme'), [toNewDocument('a', 'kept over night')], calm);
  await first.close();
  const second = createSqliteEngine({ directory });
  expect(await second.findText(createScope('acme'), 'a', calm)).toBe('kept over night');
  expect((await second.search(createScope('acme'), toSearch('night'), calm)).hits).toHaveLength(1);
  await second.close();
});

test('a vector of other dimensions than the query is not compared', async () => {
  const engine = createSqliteEngine({ directory: temporary(), vectorExtension: getLoadablePath() });
  const document = toNewDocument('a', 'text');
  const pieces = document.pieces.map((piece) => ({ ...piece, embedding: Float32Array.from([1, 0]) }));
  await engine.upsert(createScope('acme'), [{ ...document, pieces, embedder: 'test' }], calm);
  const vector = { values: Float32Array.from([1, 0, 0]), embedder: 'test' };
  const { hits } = await engine.search(createScope('acme'), toSearch('text', { mode: 'vector', vector }), calm);
  expect(hits).toEqual([]);
  await engine.close();
});

test("another tenant's row in a tenant's own file is not read by anything", async () => {
  const directory = temporary();
  const engine = createSqliteEngine({ directory });
  const scope = createScope('acme');
  await engine.upsert(scope, [toNewDocument('own', 'common text'), toNewDocument('foreign', 'common text')], calm);
  const file = new DatabaseSync(join(directory, 'search', 'acme.first.db'));
  file.exec("UPDATE document SET tenant_id = 'beta' WHERE id = 'foreign'");
  file.close();
  for (const mode of ['hybrid', 'lexical'] as const) {
    const { hits } = await engine.search(scope, toSearch('common text', { mode }), calm);
    expect(hits.map(({ documentId }) => documentId)).toEqual(['own']);
  }
  expect((await engine.list(scope, { after: undefined, limit: 10 }, calm)).map(({ id }) => id)).toEqual(['own']);
  expect(await engine.find(scope, 'foreign', calm)).toBeUndefined();
  expect(await engine.findText(scope, 'foreign', calm)).toBeUndefined();
  expect((await engine.findStates(scope, ['foreign'], calm)).get('foreign')).toMatchObject({ isVisible: false });
  expect(await engine.remove(scope, 'foreign', calm)).toBe(false);
  await engine.close();
});
