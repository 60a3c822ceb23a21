import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { SearchEngine, SearchRequest } from '#lib/retrieval/engine.ts';
import type { TenantScope } from '#lib/tenancy/tenant-scope.ts';
import { toNewDocument, toSearch } from '#tests/support/documents.ts';
import { calm, createScope } from '#tests/support/scope.ts';

interface EngineUnderTest {
  open: () => Promise<SearchEngine>;
  /** Whether chunks may carry vectors of four dimensions. */
  hasVectors: boolean;
}

let tenants = 0;
/** A tenant that no other test uses. */
const freshTenant = () => `t${Date.now().toString(36)}-${(tenants += 1)}`;

/** What every search engine must do. Run by each adapter's own test. */
export function describeSearchEngine(name: string, { open, hasVectors }: EngineUnderTest): void {
  describe(`${name} as a search engine`, () => {
    let engine: SearchEngine;
    beforeAll(async () => {
      engine = await open();
    });
    afterAll(() => engine.close());

    async function idsOf(scope: TenantScope, request: SearchRequest): Promise<string[]> {
      return (await engine.search(scope, request, calm)).hits.map(({ documentId }) => documentId);
    }

    test('a written document is found when the call returns, with the exact text at its offsets', async () => {
      const scope = createScope(freshTenant());
      const text = `Whales sing.\n\n${'The sea is deep and cold. '.repeat(200)}\n\nRefunds take five days. 😀`;
      await engine.upsert(scope, [toNewDocument('a', text, { metadata: { year: 2026 } })], calm);
      const { hits, hasMore } = await engine.search(scope, toSearch('refund'), calm);
      expect(hasMore).toBe(false);
      expect(hits[0]).toMatchObject({
        tenantId: scope.tenantId,
        documentId: 'a',
        title: 'Title of a',
        metadata: { year: 2026 },
      });
      expect(hits[0]?.text).toContain('Refunds take five days.');
      expect(text.slice(hits[0]?.start, hits[0]?.end)).toBe(hits[0]?.text);
      expect(hits[0]?.chunk).toBeGreaterThan(0);
    });

    test('words are found by their stems, parts of words by their n-grams, titles too', async () => {
      const scope = createScope(freshTenant());
      await engine.upsert(
        scope,
        [
          toNewDocument('stem', 'The shipments were returned by customers'),
          toNewDocument('gram', 'Das Donaudampfschifffahrtsunternehmen meldet Gewinn'),
          toNewDocument('title', 'Nothing of note', { title: 'Photosynthesis in algae' }),
        ],
        calm,
      );
      expect(await idsOf(scope, toSearch('customer returning shipment', { mode: 'lexical' }))).toEqual(['stem']);
      expect(await idsOf(scope, toSearch('dampfschiff'))).toContain('gram');
      expect(await idsOf(scope, toSearch('photosynthesis', { mode: 'lexical' }))).toEqual(['title']);
    });

    test('what a query holds is never read as syntax', async () => {
      const scope = createScope(freshTenant());
      await engine.upsert(scope, [toNewDocument('a', 'plain words')], calm);
      for (const query of [
        '"',
        'a AND',
        'NEAR(a b)',
        '* ^ - + : { } [ ]',
        "'; DROP TABLE chunk; --",
        '(((',
        '\\',
        '😀',
        'the of and',
      ]) {
        await expect(engine.search(scope, toSearch(query), calm)).resolves.toMatchObject({ isDegraded: false });
      }
    });

    test('scores fall from 1 and pages neither repeat nor skip', async () => {
      const scope = createScope(freshTenant());
      const documents = Array.from({ length: 30 }, (_, index) =>
        toNewDocument(`d${index}`, `apple ${'pear '.repeat(index)}`),
      );
      await engine.upsert(scope, documents, calm);
      const whole = await engine.search(scope, toSearch('apple pear', { limit: 30 }), calm);
      const scores = whole.hits.map(({ score }) => score);
      expect(scores).toEqual(scores.toSorted((a, b) => b - a));
      expect(scores[0]).toBeLessThanOrEqual(1.000001);
      expect(scores.at(-1)).toBeGreaterThan(0);
      const pages = [];
      for (const offset of [0, 10, 20])
        pages.push(await engine.search(scope, toSearch('apple pear', { limit: 10, offset }), calm));
      expect(pages.map(({ hasMore }) => hasMore)).toEqual([true, true, false]);
      expect(pages.flatMap(({ hits }) => hits.map(({ documentId }) => documentId))).toEqual(
        whole.hits.map(({ documentId }) => documentId),
      );
    });

    test('grouped by document each is found once, by its best chunk', async () => {
      const scope = createScope(freshTenant());
      const text = `${'filler words about nothing. '.repeat(80)}\n\n${'volcano once. '.repeat(150)}\n\nvolcano lava volcano lava`;
      await engine.upsert(scope, [toNewDocument('long', text), toNewDocument('short', 'a volcano')], calm);
      const grouped = await idsOf(scope, toSearch('volcano lava', { groupBy: 'document' }));
      expect(grouped.toSorted()).toEqual(['long', 'short']);
      expect((await idsOf(scope, toSearch('volcano lava'))).filter((id) => id === 'long').length).toBeGreaterThan(1);
    });

    test('filters by value, list, range, nested field and list item', async () => {
      const scope = createScope(freshTenant());
      const add = (id: string, metadata: Record<string, never> | object) =>
        toNewDocument(id, 'common text', { metadata: { ...metadata } });
      await engine.upsert(
        scope,
        [
          add('a', {
            year: 2024,
            kind: 'law',
            tags: ['x', 'y'],
            author: { name: 'Ada' },
            date: '2024-05-01',
            ok: true,
          }),
          add('b', { year: 2025, kind: 'memo', tags: ['y'], author: { name: 'Bob' }, date: '2025-05-01', ok: false }),
          add('c', { year: 100, kind: 'law' }),
          add('d', {}),
        ],
        calm,
      );
      const find = async (filter: SearchRequest['filter']) =>
        (await idsOf(scope, toSearch('common', { filter }))).toSorted();
      expect(await find({ kind: 'law' })).toEqual(['a', 'c']);
      expect(await find({ kind: ['memo', 'none'] })).toEqual(['b']);
      expect(await find({ year: 2024 })).toEqual(['a']);
      expect(await find({ year: { gte: 2024 } })).toEqual(['a', 'b']);
      expect(await find({ year: { gte: 99, lte: 2024 } })).toEqual(['a', 'c']);
      expect(await find({ date: { lte: '2024-12-31' } })).toEqual(['a']);
      expect(await find({ tags: 'y' })).toEqual(['a', 'b']);
      expect(await find({ 'author.name': 'Ada' })).toEqual(['a']);
      expect(await find({ ok: true })).toEqual(['a']);
      expect(await find({ kind: 'law', tags: 'x' })).toEqual(['a']);
      expect(await find({ "kind' OR 1=1 --": 'law' })).toEqual([]);
    });

    test('a document with groups is there for its groups alone, in every reading', async () => {
      const tenant = freshTenant();
      const writer = createScope(tenant, { groups: ['hr', 'legal'] });
      const outsider = createScope(tenant, { groups: ['sales'] });
      const insider = createScope(tenant, { groups: ['sales', 'hr'] });
      await engine.upsert(
        writer,
        [toNewDocument('open', 'salary table'), toNewDocument('hidden', 'salary table', { groups: ['hr'] })],
        calm,
      );
      expect((await idsOf(insider, toSearch('salary'))).toSorted()).toEqual(['hidden', 'open']);
      expect(await idsOf(outsider, toSearch('salary'))).toEqual(['open']);
      expect(await idsOf(createScope(tenant), toSearch('salary'))).toEqual(['open']);
      expect(await engine.find(outsider, 'hidden', calm)).toBeUndefined();
      expect(await engine.findText(outsider, 'hidden', calm)).toBeUndefined();
      expect((await engine.list(outsider, { after: undefined, limit: 10 }, calm)).map(({ id }) => id)).toEqual([
        'open',
      ]);
      expect(await engine.find(insider, 'hidden', calm)).toMatchObject({ id: 'hidden', groups: ['hr'] });
      expect((await engine.findStates(outsider, ['hidden', 'open', 'none'], calm)).get('hidden')).toMatchObject({
        isVisible: false,
      });
    });

    test('hidden documents do not use up the candidates of those who may not see them', async () => {
      const tenant = freshTenant();
      const hidden = Array.from({ length: 150 }, (_, index) =>
        toNewDocument(`h${index}`, 'zebra zebra zebra', { groups: ['hr'] }),
      );
      await engine.upsert(
        createScope(tenant),
        [...hidden, toNewDocument('seen', `zebra ${'other words '.repeat(50)}`)],
        calm,
      );
      expect(await idsOf(createScope(tenant), toSearch('zebra'))).toEqual(['seen']);
    });

    test('an access list that changes takes effect when the call returns', async () => {
      const scope = createScope(freshTenant());
      await engine.upsert(scope, [toNewDocument('a', 'secret plan')], calm);
      expect(await idsOf(scope, toSearch('plan'))).toEqual(['a']);
      await engine.upsert(scope, [toNewDocument('a', 'secret plan', { groups: ['board'] })], calm);
      expect(await idsOf(scope, toSearch('plan'))).toEqual([]);
    });

    test('a replaced document is found by its new text only, and keeps the time it was created', async () => {
      const scope = createScope(freshTenant());
      await engine.upsert(
        scope,
        [toNewDocument('a', `old elephants. ${'long text to have many chunks. '.repeat(300)}`)],
        calm,
      );
      const before = await engine.find(scope, 'a', calm);
      await engine.upsert(scope, [toNewDocument('a', 'new giraffes')], calm);
      expect(await idsOf(scope, toSearch('elephants chunks'))).toEqual([]);
      expect(await idsOf(scope, toSearch('giraffes'))).toEqual(['a']);
      expect(await engine.findText(scope, 'a', calm)).toBe('new giraffes');
      expect(await engine.find(scope, 'a', calm)).toMatchObject({ chunks: 1, createdAt: before?.createdAt });
    });

    test('a removed document is nowhere when the call returns', async () => {
      const scope = createScope(freshTenant());
      await engine.upsert(scope, [toNewDocument('a', 'gone soon'), toNewDocument('b', 'stays soon')], calm);
      expect(await engine.remove(scope, 'a', calm)).toBe(true);
      expect(await engine.remove(scope, 'a', calm)).toBe(false);
      expect(await idsOf(scope, toSearch('soon gone'))).toEqual(['b']);
      expect(await engine.find(scope, 'a', calm)).toBeUndefined();
      expect(await engine.findText(scope, 'a', calm)).toBeUndefined();
      expect(await engine.findStates(scope, ['a'], calm)).toEqual(new Map());
    });

    test('the list is in order of ids and goes on where it ended', async () => {
      const scope = createScope(freshTenant());
      const ids = ['b', 'a/1', 'a', 'Ω', 'c d', '10', '9'];
      await engine.upsert(
        scope,
        ids.map((id) => toNewDocument(id, 'text')),
        calm,
      );
      const all = await engine.list(scope, { after: undefined, limit: 100 }, calm);
      expect(all.map(({ id }) => id)).toEqual(ids.toSorted());
      const rest = await engine.list(scope, { after: all[2]?.id, limit: 2 }, calm);
      expect(rest.map(({ id }) => id)).toEqual(ids.toSorted().slice(3, 5));
    });

    test("nothing of one tenant is reachable with another's scope, whatever the ids", async () => {
      const tenant = freshTenant();
      const [acme, corp, again] = [
        createScope(tenant),
        createScope(`${tenant}-corp`),
        createScope(tenant, { incarnation: 'second' }),
      ];
      await engine.upsert(acme, [toNewDocument('same', 'acme canary')], calm);
      await engine.upsert(corp, [toNewDocument('same', 'corp canary')], calm);
      for (const [scope, own] of [
        [acme, 'acme canary'],
        [corp, 'corp canary'],
      ] as const) {
        const { hits } = await engine.search(scope, toSearch('canary acme corp'), calm);
        expect(hits.map(({ text }) => text)).toEqual([own]);
        expect(hits.every(({ tenantId }) => tenantId === scope.tenantId)).toBe(true);
        expect(await engine.findText(scope, 'same', calm)).toBe(own);
      }
      expect(await idsOf(again, toSearch('canary'))).toEqual([]);
      expect(await engine.findStates(again, ['same'], calm)).toEqual(new Map());
      expect(await engine.remove(again, 'same', calm)).toBe(false);
      expect(await engine.remove(corp, 'same', calm)).toBe(true);
      expect(await engine.findText(acme, 'same', calm)).toBe('acme canary');
    });

    test('a dropped tenant is empty, its neighbour is not', async () => {
      const tenant = freshTenant();
      const [scope, neighbour] = [createScope(tenant), createScope(`${tenant}x`)];
      for (const each of [scope, neighbour]) await engine.upsert(each, [toNewDocument('a', 'text')], calm);
      await engine.drop(scope, calm);
      const recreated = createScope(tenant, { incarnation: 'second' });
      expect(await idsOf(recreated, toSearch('text'))).toEqual([]);
      expect(await idsOf(neighbour, toSearch('text'))).toEqual(['a']);
    });

    test('an aborted signal leaves everything as it was', async () => {
      const scope = createScope(freshTenant());
      await engine.upsert(scope, [toNewDocument('a', 'before')], calm);
      const late = new AbortController();
      const big = Array.from({ length: 20 }, (_, index) => toNewDocument(`n${index}`, 'word '.repeat(40_000)));
      const writing = engine.upsert(scope, [toNewDocument('a', 'after'), ...big], late.signal);
      setTimeout(() => late.abort(), 5);
      await expect(writing).rejects.toMatchObject({ name: 'AbortError' });
      expect(await engine.findText(scope, 'a', calm)).toBe('before');
      expect((await engine.list(scope, { after: undefined, limit: 100 }, calm)).map(({ id }) => id)).toEqual(['a']);
      await expect(engine.search(scope, toSearch('before'), AbortSignal.abort())).rejects.toMatchObject({
        name: 'AbortError',
      });
    });

    test('searches see whole documents while others are written', async () => {
      const scope = createScope(freshTenant());
      const text = (version: number) =>
        Array.from({ length: 60 }, () => `version${version} ${'filler '.repeat(280)}`).join('\n\n');
      await engine.upsert(scope, [toNewDocument('a', text(0))], calm);
      const pieces = (await engine.find(scope, 'a', calm))?.chunks ?? 0;
      let isWriting = true;
      const writing = (async () => {
        for (let version = 1; version <= 5; version += 1)
          await engine.upsert(scope, [toNewDocument('a', text(version))], calm);
        isWriting = false;
      })();
      while (isWriting) {
        const { hits } = await engine.search(scope, toSearch('filler', { limit: 100, mode: 'lexical' }), calm);
        expect(hits).toHaveLength(pieces);
        expect(new Set(hits.map((hit) => hit.text.split(' ')[0])).size).toBe(1);
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
      await writing;
    });

    const withVectors = hasVectors ? test : undefined;
    withVectors?.('vectors find what shares no word, within the filter and the access list', async () => {
      const tenant = freshTenant();
      const scope = createScope(tenant);
      const add = (id: string, vector: number[], changes = {}) => {
        const document = toNewDocument(id, `text ${id}`, changes);
        const embedding = Float32Array.from(vector);
        return { ...document, pieces: document.pieces.map((piece) => ({ ...piece, embedding })) };
      };
      await engine.upsert(
        scope,
        [
          add('near', [1, 0, 0, 0]),
          add('far', [0, 1, 0, 0], { metadata: { kind: 'x' } }),
          add('hidden', [1, 0, 0, 0], { groups: ['hr'] }),
          toNewDocument('none', 'without a vector'),
        ],
        calm,
      );
      const vector = Float32Array.from([0.9, 0.1, 0, 0]);
      const weights = { lexical: 0.5, ngram: 0, vector: 0.5 };
      expect(await idsOf(scope, toSearch('unrelated', { vector, mode: 'vector' }))).toEqual(['near', 'far']);
      expect(await idsOf(scope, toSearch('unrelated', { vector, mode: 'vector', filter: { kind: 'x' } }))).toEqual([
        'far',
      ]);
      expect(
        await idsOf(createScope(tenant, { groups: ['hr'] }), toSearch('unrelated', { vector, mode: 'vector' })),
      ).toHaveLength(3);
      expect(await idsOf(scope, toSearch('without', { vector, weights }))).toContain('none');
    });
  });
}
