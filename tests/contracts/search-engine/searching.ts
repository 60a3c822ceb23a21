import { expect, test } from 'vitest';
import { toNewDocument, toSearch } from '#tests/support/documents.ts';
import { calm, createScope } from '#tests/support/scope.ts';
import { freshTenant, testEmbedder, toQueryVector, toVectorDocument, type EngineUnderTest } from './under-test.ts';

/** How documents are found, in which order and in which pages. */
export function describeSearching(under: EngineUnderTest): void {
  test('a written document is found when the call returns, with the exact text at its offsets', async () => {
    const scope = createScope(freshTenant());
    const text = `Whales sing.\n\n${'The sea is deep and cold. '.repeat(200)}\n\nRefunds take five days. 😀`;
    await under.engine.upsert(scope, [toNewDocument('a', text, { metadata: { year: 2026 } })], calm);
    const { hits, hasMore } = await under.engine.search(scope, toSearch('refund'), calm);
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
    await under.engine.upsert(
      scope,
      [
        toNewDocument('stem', 'The shipments were returned by customers'),
        toNewDocument('gram', 'Das Donaudampfschifffahrtsunternehmen meldet Gewinn'),
        toNewDocument('title', 'Nothing of note', { title: 'Photosynthesis in algae' }),
      ],
      calm,
    );
    expect(await under.idsOf(scope, toSearch('customer returning shipment', { mode: 'lexical' }))).toEqual(['stem']);
    expect(await under.idsOf(scope, toSearch('dampfschiff'))).toContain('gram');
    expect(await under.idsOf(scope, toSearch('photosynthesis', { mode: 'lexical' }))).toEqual(['title']);
  });

  test('what a query holds is never read as syntax', async () => {
    const scope = createScope(freshTenant());
    await under.engine.upsert(scope, [toNewDocument('a', 'plain words')], calm);
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
      await expect(under.engine.search(scope, toSearch(query), calm)).resolves.toMatchObject({ isDegraded: false });
    }
  });

  test('scores fall from 1 and pages neither repeat nor skip', async () => {
    const scope = createScope(freshTenant());
    const documents = Array.from({ length: 30 }, (_, index) =>
      toNewDocument(`d${index}`, `apple ${'pear '.repeat(index)}`),
    );
    await under.engine.upsert(scope, documents, calm);
    const whole = await under.engine.search(scope, toSearch('apple pear', { limit: 30 }), calm);
    const scores = whole.hits.map(({ score }) => score);
    expect(scores).toEqual(scores.toSorted((a, b) => b - a));
    expect(scores[0]).toBeLessThanOrEqual(1.000001);
    expect(scores.at(-1)).toBeGreaterThan(0);
    const pages = [];
    for (const offset of [0, 10, 20])
      pages.push(await under.engine.search(scope, toSearch('apple pear', { limit: 10, offset }), calm));
    expect(pages.map(({ hasMore }) => hasMore)).toEqual([true, true, false]);
    expect(pages.flatMap(({ hits }) => hits.map(({ documentId }) => documentId))).toEqual(
      whole.hits.map(({ documentId }) => documentId),
    );
  });

  test('grouped by document each is found once, by its best chunk', async () => {
    const scope = createScope(freshTenant());
    const text = `${'filler words about nothing. '.repeat(80)}\n\n${'volcano once. '.repeat(150)}\n\nvolcano lava volcano lava`;
    await under.engine.upsert(scope, [toNewDocument('long', text), toNewDocument('short', 'a volcano')], calm);
    const grouped = await under.idsOf(scope, toSearch('volcano lava', { groupBy: 'document' }));
    expect(grouped.toSorted()).toEqual(['long', 'short']);
    expect((await under.idsOf(scope, toSearch('volcano lava'))).filter((id) => id === 'long').length).toBeGreaterThan(
      1,
    );
  });

  test('an explanation says what each clause gave, and adds up to the score', async () => {
    const scope = createScope(freshTenant());
    await under.engine.upsert(
      scope,
      [
        toNewDocument('a', 'volcano lava'),
        toNewDocument('b', 'volcanology of lava and more words'),
        toNewDocument('c', 'lava'),
      ],
      calm,
    );
    const explained = await under.engine.search(scope, toSearch('volcano lava', { explain: true }), calm);
    const plain = await under.engine.search(scope, toSearch('volcano lava'), calm);
    expect(explained.hits.map(({ documentId }) => documentId)).toEqual(plain.hits.map(({ documentId }) => documentId));
    for (const { clauses, score } of explained.hits) {
      const { lexical = 0, ngram = 0 } = clauses;
      expect(lexical + ngram).toBeCloseTo(score, 3);
      expect(lexical).toBeLessThanOrEqual(0.7001);
      expect(ngram).toBeLessThanOrEqual(0.3001);
    }
    expect(explained.hits[0]?.clauses.lexical).toBeGreaterThan(0);
    expect(plain.hits[0]?.clauses).toEqual({});
  });

  test('ranks are fused where that is asked for: what both clauses put first comes first', async () => {
    const scope = createScope(freshTenant());
    await under.engine.upsert(
      scope,
      [toNewDocument('both', 'volcano lava'), toNewDocument('one', 'lava and a good many other words')],
      calm,
    );
    const { hits } = await under.engine.search(scope, toSearch('volcano lava', { fusion: 'rrf' }), calm);
    expect(hits.map(({ documentId }) => documentId)).toEqual(['both', 'one']);
    expect(hits[0]?.score).toBeGreaterThan(hits[1]?.score ?? 1);
    expect(hits[0]?.score).toBeCloseTo(2 / 61, 4);
  });

  if (under.hasVectors) describeVectors(under);
}

function describeVectors(under: EngineUnderTest): void {
  test('vectors find what shares no word, within the filter and the access list', async () => {
    const tenant = freshTenant();
    const scope = createScope(tenant);
    await under.engine.upsert(
      scope,
      [
        toVectorDocument('near', [1, 0, 0, 0]),
        toVectorDocument('far', [0, 1, 0, 0], { metadata: { kind: 'x' } }),
        toVectorDocument('hidden', [1, 0, 0, 0], { groups: ['hr'] }),
        toNewDocument('none', 'without a vector'),
      ],
      calm,
    );
    const vector = toQueryVector([0.9, 0.1, 0, 0]);
    const weights = { lexical: 0.5, ngram: 0, vector: 0.5 };
    expect(await under.idsOf(scope, toSearch('unrelated', { vector, mode: 'vector' }))).toEqual(['near', 'far']);
    expect(await under.idsOf(scope, toSearch('unrelated', { vector, mode: 'vector', filter: { kind: 'x' } }))).toEqual([
      'far',
    ]);
    expect(
      await under.idsOf(createScope(tenant, { groups: ['hr'] }), toSearch('unrelated', { vector, mode: 'vector' })),
    ).toHaveLength(3);
    expect(await under.idsOf(scope, toSearch('without', { vector, weights }))).toContain('none');
  });

  test('the few that may be seen are all found among many nearer ones', async () => {
    const tenant = freshTenant();
    const nearer = Array.from({ length: 400 }, (_, index) =>
      toVectorDocument(`h${index}`, [1, index / 10_000, 0, 0], { groups: ['hr'] }),
    );
    const seen = ['a', 'b', 'c'].map((id, index) => toVectorDocument(id, [0, 1, index / 10, 0]));
    await under.engine.upsert(createScope(tenant), [...nearer, ...seen], calm);
    const request = toSearch('unrelated', { vector: toQueryVector([1, 0, 0, 0]), mode: 'vector', limit: 10 });
    expect((await under.idsOf(createScope(tenant), request)).toSorted()).toEqual(['a', 'b', 'c']);
  });

  test('the cosine of hit and query is told where it is asked for, and only there', async () => {
    const scope = createScope(freshTenant());
    await under.engine.upsert(scope, [toVectorDocument('a', [1, 0, 0, 0])], calm);
    const request = toSearch('unrelated', { vector: toQueryVector([0.6, 0.8, 0, 0]), mode: 'vector' });
    const [compared] = (await under.engine.search(scope, { ...request, compare: true }, calm)).hits;
    expect(compared?.similarity).toBeCloseTo(0.6, 4);
    expect((await under.engine.search(scope, request, calm)).hits[0]?.similarity).toBeUndefined();
  });

  test('a vector that another model made is compared with nothing', async () => {
    const scope = createScope(freshTenant());
    await under.engine.upsert(
      scope,
      [toVectorDocument('own', [1, 0, 0, 0]), toVectorDocument('foreign', [1, 0, 0, 0], { embedder: 'other/4' })],
      calm,
    );
    const search = (embedder: string) =>
      under.idsOf(scope, toSearch('unrelated', { vector: toQueryVector([1, 0, 0, 0], embedder), mode: 'vector' }));
    expect(await search(testEmbedder)).toEqual(['own']);
    expect(await search('third/4')).toEqual([]);
  });
}
