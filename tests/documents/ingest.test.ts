import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createCorpusWrites } from '#lib/cache/corpus-writes.ts';
import { ApiError } from '#lib/core/api-error.ts';
import { createIngest } from '#lib/documents/ingest.ts';
import { createPreparer, type Preparer } from '#lib/documents/preparer.ts';
import type { DocumentSource } from '#lib/documents/source.ts';
import { createSqliteEngine } from '#lib/retrieval/engine-sqlite.ts';
import type { SearchEngine } from '#lib/retrieval/engine.ts';
import { createLogger } from '#lib/telemetry/logger.ts';
import { createMetrics } from '#lib/telemetry/metrics.ts';
import { createMemoryCorpusStore } from '#tests/cache/corpus-memory.ts';
import { createFakeAudit } from '#tests/support/audit.ts';
import { calm, createScope } from '#tests/support/scope.ts';

const scope = createScope('acme');

function createWorld(change: (engine: SearchEngine) => Partial<SearchEngine> = () => ({})) {
  const directory = mkdtempSync(join(tmpdir(), 'genai-ingest-'));
  const engine = createSqliteEngine({ directory });
  const corpus = createMemoryCorpusStore();
  const threads = createPreparer({ workerUrl: new URL('../../lib/documents/prepare-worker.ts', import.meta.url) });
  onTestFinished(async () => {
    await Promise.all([engine.close(), threads.close()]);
    rmSync(directory, { recursive: true, force: true });
  });
  const prepared: string[] = [];
  const audit = createFakeAudit();
  const preparer: Preparer = {
    ...threads,
    prepare(format, content, signal) {
      prepared.push(String(content));
      return threads.prepare(format, content, signal);
    },
  };
  const ingest = createIngest({
    engine: { ...engine, ...change(engine) },
    preparer,
    embedder: undefined,
    writes: createCorpusWrites({ corpus: corpus, randomId: () => 'write' }),
    audit,
    metrics: createMetrics(),
    logger: createLogger('silent'),
  });
  const run = (sources: DocumentSource[], signal = calm) => Array.fromAsync(ingest(scope, sources, signal));
  return { ingest, run, prepared, audited: audit.audited, engine };
}

const toSource = (id: string, content: string, changes: Partial<DocumentSource> = {}): DocumentSource => ({
  id,
  title: undefined,
  fileName: undefined,
  mediaType: 'text/plain',
  content,
  metadata: {},
  groups: [],
  ...changes,
});

test('the same content again is not prepared, written or audited again', async () => {
  const { run, prepared, audited } = createWorld();
  await run([toSource('a', 'one'), toSource('b', 'two')]);
  expect(await run([toSource('a', 'one'), toSource('b', 'other')])).toEqual([
    { id: 'a', status: 'unchanged', chunks: 1 },
    { id: 'b', status: 'updated', chunks: 1 },
  ]);
  expect(prepared).toEqual(['one', 'two', 'other']);
  expect(audited).toEqual(['document.create a', 'document.create b', 'document.update b']);
});

test('a document that its writer cannot see is not there to be replaced', async () => {
  const { ingest, run } = createWorld();
  await run([toSource('a', 'secret', { groups: ['board'] })]);
  expect(await run([toSource('a', 'mine')])).toMatchObject([{ status: 'failed', error: { code: 'not_found' } }]);
  const admin = createScope('acme', { role: 'tenant_admin' });
  expect(await Array.fromAsync(ingest(admin, [toSource('a', 'mine')], calm))).toMatchObject([{ status: 'updated' }]);
});

test('what the engine refuses fails the documents of that batch only, and nothing is audited', async () => {
  let isFull = true;
  const { run, audited } = createWorld((engine) => ({
    async upsert(...given) {
      if (isFull) throw new ApiError('storage_full');
      return engine.upsert(...given);
    },
  }));
  expect(await run([toSource('a', 'one')])).toMatchObject([{ status: 'failed', error: { code: 'storage_full' } }]);
  isFull = false;
  expect(await run([toSource('a', 'one')])).toMatchObject([{ status: 'created' }]);
  expect(audited).toEqual(['document.create a']);
});

test('an aborted batch ends with the reason, and its rest is not prepared', async () => {
  const { ingest, prepared } = createWorld();
  const controller = new AbortController();
  const reason = new Error('The client left');
  const sources = Array.from({ length: 40 }, (_, index) => toSource(`${index}`, `Text ${index}`));
  const results = ingest(scope, sources, controller.signal);
  await results.next();
  controller.abort(reason);
  await expect(Array.fromAsync(results)).rejects.toBe(reason);
  expect(prepared).toHaveLength(32);
});

test('a reader may not write, and nothing is looked at before that is known', async () => {
  const { ingest, prepared } = createWorld();
  const reader = createScope('acme', { role: 'reader' });
  await expect(Array.fromAsync(ingest(reader, [toSource('a', 'one')], calm))).rejects.toMatchObject({
    code: 'forbidden',
  });
  expect(prepared).toEqual([]);
});

test('a title is found in the document, then in the name of its file, then in its id; one line of 500', async () => {
  const { run, engine } = createWorld();
  const markdown = { mediaType: 'text/markdown', fileName: 'notes.md' };
  await run([
    toSource('given', '# Found', { ...markdown, title: 'Given' }),
    toSource('found', `# Fo\tund ${'😀'.repeat(300)}`, markdown),
    toSource('file', 'text', markdown),
    toSource('id', 'text'),
  ]);
  const titles = (await engine.list(scope, { after: undefined, limit: 10 }, calm)).map(({ id, title }) => [id, title]);
  expect(Object.fromEntries(titles)).toEqual({
    given: 'Given',
    found: `Fo und ${'😀'.repeat(246)}`,
    file: 'notes.md',
    id: 'id',
  });
});

test('a file that has to be taken apart holds back no result of those before it', async () => {
  const { ingest, prepared } = createWorld();
  const sources = [
    toSource('a', 'one'),
    toSource('b', 'two'),
    toSource('pdf', 'no pdf', { mediaType: 'application/pdf' }),
    toSource('c', 'three'),
  ];
  const results = ingest(createScope('acme'), sources, calm);
  const first = await results.next();
  expect(first.value).toMatchObject({ id: 'a', status: 'created' });
  expect(prepared).toEqual(['one', 'two']);
  const rest = await Array.fromAsync(results);
  expect(rest.map(({ id, status }) => `${id} ${status}`)).toEqual(['b created', 'pdf failed', 'c created']);
});
