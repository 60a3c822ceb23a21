import { expect, onTestFinished, test } from 'vitest';
import type { CorpusStore } from '#lib/cache/corpus-store.ts';
import { createCorpusWrites } from '#lib/cache/corpus-writes.ts';
import { ApiError } from '#lib/core/api-error.ts';
import { createIngest } from '#lib/documents/ingest.ts';
import { createPreparer } from '#lib/documents/preparer.ts';
import { createRemoveDocument } from '#lib/documents/remove-document.ts';
import { createSqliteEngine } from '#lib/retrieval/engine-sqlite.ts';
import type { SearchEngine } from '#lib/retrieval/engine.ts';
import { temporaryDirectory } from '#tests/support/process.ts';
import { calm, createScope } from '#tests/support/scope.ts';
import { createFakeAudit } from '#tests/support/audit.ts';
import { createRecordedTelemetry } from '#tests/support/telemetry.ts';
import { createMemoryCorpusStore } from './corpus-memory.ts';

const scope = createScope('acme');
const away = () => Promise.reject(new ApiError('state_unavailable'));

function createWorld() {
  const bare = createSqliteEngine({ directory: temporaryDirectory() });
  const preparer = createPreparer({ workerUrl: new URL('../../lib/documents/prepare-worker.ts', import.meta.url) });
  onTestFinished(async () => {
    await Promise.all([bare.close(), preparer.close()]);
  });
  const corpus: CorpusStore = createMemoryCorpusStore();
  /** Whether the corpus was quiet, at each change of the engine. */
  const changes: boolean[] = [];
  const note = async () => void changes.push((await corpus.read(scope, calm)).isQuiet);
  const engine: SearchEngine = {
    ...bare,
    upsert: (...given) => note().then(() => bare.upsert(...given)),
    remove: (...given) => note().then(() => bare.remove(...given)),
  };
  const audit = createFakeAudit();
  let ids = 0;
  const writes = createCorpusWrites({
    corpus: { ...corpus, beginWrite: (...given) => corpus.beginWrite(...given) },
    randomId: () => `write-${(ids += 1)}`,
  });
  const deps = { ...createRecordedTelemetry(), engine, preparer, embedder: undefined, writes, audit };
  const ingest = createIngest(deps);
  const removeDocument = createRemoveDocument(deps);
  const put = async (content: string) => {
    const source = {
      id: 'a',
      title: undefined,
      fileName: undefined,
      mediaType: 'text/plain',
      metadata: {},
      groups: [],
    };
    const [result] = await Array.fromAsync(ingest(scope, [{ ...source, content }], calm));
    return result;
  };
  return { corpus, changes, put, remove: (id: string) => removeDocument(scope, id, calm), engine: bare };
}

test('what changes documents is marked before it begins, and ended before its result is told', async () => {
  const { corpus, changes, put, remove } = createWorld();
  const versions = [await corpus.read(scope, calm)];
  for (const change of [() => put('one'), () => put('two'), () => remove('a')]) {
    await change();
    versions.push(await corpus.read(scope, calm));
  }
  expect(changes).toEqual([false, false, false]);
  expect(versions.map(({ isQuiet }) => isQuiet)).toEqual([true, true, true, true]);
  expect(new Set(versions.map(({ version }) => version)).size).toBe(4);
});

test('a document that stays as it is changes nothing', async () => {
  const { corpus, put } = createWorld();
  await put('one');
  const before = await corpus.read(scope, calm);
  expect(await put('one')).toMatchObject({ status: 'unchanged' });
  expect(await corpus.read(scope, calm)).toEqual(before);
});

test('a removal that finds nothing is a change: an earlier one, whose answer was lost, may have removed it', async () => {
  const { corpus, remove } = createWorld();
  const before = await corpus.read(scope, calm);
  await expect(remove('a')).rejects.toMatchObject({ code: 'not_found' });
  expect((await corpus.read(scope, calm)).version).not.toBe(before.version);
  expect(await corpus.read(scope, calm)).toMatchObject({ isQuiet: true });
});

test('while a change cannot be marked none is made', async () => {
  const { corpus, changes, put, remove, engine } = createWorld();
  await put('one');
  corpus.beginWrite = away;
  expect(await put('two')).toMatchObject({ status: 'failed', error: { code: 'state_unavailable' } });
  await expect(remove('a')).rejects.toMatchObject({ code: 'state_unavailable' });
  expect(await engine.findText(scope, 'a', calm)).toBe('one');
  expect(changes).toHaveLength(1);
});
