import { setImmediate } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Embed, SearchEngine } from '#lib/retrieval/engine.ts';
import type { TenantScope } from '#lib/tenancy/tenant-scope.ts';
import { toNewDocument, toSearch } from '#tests/support/documents.ts';
import { calm, createScope } from '#tests/support/scope.ts';
import { freshTenant, testEmbedder, toQueryVector, toVectorDocument } from './search-engine/under-test.ts';

interface Adapter {
  /** An engine over the same data as every other of this suite, with this embedder. */
  open: (embedder: string | undefined) => Promise<SearchEngine>;
}

const otherEmbedder = 'other/4';
/** The number in the text, as a direction. */
const embed: Embed = async (texts) =>
  texts.map((text) => {
    const angle = Number(/number(\d+)/.exec(text)?.[1] ?? 0) / 100;
    return Float32Array.from([Math.cos(angle), Math.sin(angle), 0, 0]);
  });
const documentCount = 60;
const toNumbered = (index: number) => toNewDocument(`d${index}`, `common number${index}`);

/** What every search engine must do when the embedding model changes. Run by each adapter's own test. */
export function describeReindexing(name: string, { open }: Adapter): void {
  describe(`${name}, re-indexed`, () => {
    let [plain, first, second]: SearchEngine[] = [];
    beforeAll(async () => {
      plain = await open(undefined);
      first = await open(testEmbedder);
      second = await open(otherEmbedder);
    });
    afterAll(() => Promise.all([plain?.close(), first?.close(), second?.close()]));
    const engines = () =>
      plain && first && second ? { plain, first, second } : expect.fail('The engines are not open');

    const fill = (engine: SearchEngine, scope: TenantScope) =>
      engine.upsert(
        scope,
        Array.from({ length: documentCount }, (_, index) => toNumbered(index)),
        calm,
      );
    const vectorSearch = async (engine: SearchEngine, scope: TenantScope, embedder: string) => {
      const request = toSearch('nothing', {
        vector: toQueryVector([1, 0, 0, 0], embedder),
        mode: 'vector',
        limit: 100,
      });
      return engine.search(scope, request, calm);
    };

    test('documents without vectors get them', async () => {
      const { plain: before, first: after } = engines();
      const scope = createScope(freshTenant());
      await fill(before, scope);
      expect((await vectorSearch(after, scope, testEmbedder)).hits).toEqual([]);
      const progress = await Array.fromAsync(after.reindex(scope, embed, calm));
      expect(progress).toHaveLength(documentCount);
      expect(progress.at(-1)).toEqual({ done: documentCount, total: documentCount });
      const { hits, isDegraded } = await vectorSearch(after, scope, testEmbedder);
      expect(isDegraded).toBe(false);
      expect(hits).toHaveLength(documentCount);
      expect(hits.slice(0, 3).map(({ documentId }) => documentId)).toEqual(['d0', 'd1', 'd2']);
      expect(await Array.fromAsync(after.reindex(scope, embed, calm))).toEqual([]);
      await after.drop(scope, calm);
    });

    test('vectors of two models are never mixed, neither before nor after', async () => {
      const { first: before, second: after } = engines();
      const scope = createScope(freshTenant());
      await before.upsert(scope, [toVectorDocument('old', [1, 0, 0, 0])], calm);
      expect((await vectorSearch(after, scope, otherEmbedder)).hits).toEqual([]);
      // A process with the new configuration writes before the re-indexing.
      await after.upsert(scope, [toVectorDocument('new', [1, 0, 0, 0], { embedder: otherEmbedder })], calm);
      expect((await vectorSearch(before, scope, testEmbedder)).hits.map(({ documentId }) => documentId)).toEqual([
        'old',
      ]);
      await Array.fromAsync(after.reindex(scope, embed, calm));
      const { hits } = await vectorSearch(after, scope, otherEmbedder);
      expect(hits.map(({ documentId }) => documentId).toSorted()).toEqual(['new', 'old']);
      expect((await vectorSearch(before, scope, testEmbedder)).hits).toEqual([]);
      await after.drop(scope, calm);
    });

    test('documents that were written without vectors into an index made for them get them as well', async () => {
      const { plain: without, first: engine } = engines();
      const scope = createScope(freshTenant());
      await engine.upsert(scope, [toVectorDocument('with', [1, 0, 0, 0])], calm);
      await without.upsert(scope, [toNewDocument('without', 'number1', { groups: ['hr'] })], calm);
      expect((await vectorSearch(engine, scope, testEmbedder)).hits).toHaveLength(1);
      const before = await engine.find(createScope(scope.tenantId, { groups: ['hr'] }), 'without', calm);
      await Array.fromAsync(engine.reindex(scope, embed, calm));
      const insider = createScope(scope.tenantId, { groups: ['hr'] });
      const { hits } = await vectorSearch(engine, insider, testEmbedder);
      expect(hits.map(({ documentId }) => documentId).toSorted()).toEqual(['with', 'without']);
      expect(await engine.find(insider, 'without', calm)).toMatchObject({ ...before, updatedAt: expect.any(String) });
      expect((await vectorSearch(engine, scope, testEmbedder)).hits).toHaveLength(1);
      await engine.drop(scope, calm);
    });

    test('a document that is removed while its vectors are made is not there afterwards', async () => {
      const { plain: before, first: engine } = engines();
      const scope = createScope(freshTenant());
      await fill(before, scope);
      let calls = 0;
      const removing: Embed = async (texts, signal) => {
        calls += 1;
        if (calls <= 3) await engine.remove(scope, `d${calls - 1}`, calm);
        return embed(texts, signal);
      };
      await Array.fromAsync(engine.reindex(scope, removing, calm));
      const { hits } = await vectorSearch(engine, scope, testEmbedder);
      const listed = await engine.list(scope, { after: undefined, limit: 200 }, calm);
      expect(hits.map(({ documentId }) => documentId).toSorted()).toEqual(listed.map(({ id }) => id).toSorted());
      expect(listed).toHaveLength(documentCount - 3);
      expect(await engine.count(scope, calm)).toEqual({ documents: listed.length, chunks: listed.length });
      await engine.drop(scope, calm);
    });

    test('a run that was ended goes on where it was', async () => {
      const { plain: before, first: after } = engines();
      const scope = createScope(freshTenant());
      await fill(before, scope);
      const stopped = new AbortController();
      const interrupted = (async () => {
        for await (const { done } of after.reindex(scope, embed, stopped.signal)) if (done >= 25) stopped.abort();
      })();
      await expect(interrupted).rejects.toMatchObject({ name: 'AbortError' });
      const progress = await Array.fromAsync(after.reindex(scope, embed, calm));
      expect(progress.length).toBeLessThanOrEqual(documentCount - 24);
      expect(progress.at(-1)?.done).toBe(documentCount);
      expect((await vectorSearch(after, scope, testEmbedder)).hits).toHaveLength(documentCount);
      await after.drop(scope, calm);
    });

    test('meanwhile everything is found, and what is written is kept', async () => {
      const { plain: before, first: after } = engines();
      const scope = createScope(freshTenant());
      await fill(before, scope);
      let isRunning = true;
      let searches = 0;
      const searching = (async () => {
        while (isRunning) {
          const { hits } = await before.search(scope, toSearch('common', { mode: 'lexical', limit: 100 }), calm);
          // Of the sixty, five are removed and five are added on the way.
          expect(hits.length).toBeGreaterThanOrEqual(documentCount - 5);
          searches += 1;
          await setImmediate();
        }
      })();
      const writing = (async () => {
        for (let index = 0; index < 5; index += 1) {
          await after.upsert(scope, [toNewDocument(`added${index}`, `common number9${index}`)], calm);
          await after.remove(scope, `d${index}`, calm);
          await after.upsert(scope, [toNewDocument(`d${index + 10}`, `common changed number${index + 10}`)], calm);
        }
      })();
      await Array.fromAsync(after.reindex(scope, embed, calm));
      await writing;
      isRunning = false;
      await searching;
      expect(searches).toBeGreaterThan(0);
      const listed = await after.list(scope, { after: undefined, limit: 200 }, calm);
      const expected = [
        ...Array.from({ length: documentCount - 5 }, (_, index) => `d${index + 5}`),
        ...Array.from({ length: 5 }, (_, index) => `added${index}`),
      ];
      expect(listed.map(({ id }) => id).toSorted()).toEqual(expected.toSorted());
      for (let index = 10; index < 15; index += 1) {
        expect(await after.findText(scope, `d${index}`, calm)).toContain('changed');
      }
      expect(await after.count(scope, calm)).toEqual({ documents: documentCount, chunks: documentCount });
      await after.drop(scope, calm);
    });
  });
}
