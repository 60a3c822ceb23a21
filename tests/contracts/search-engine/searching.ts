import { expect, test } from 'vitest';
import { toNewDocument, toSearch } from '#tests/support/documents.ts';
import { calm, createScope } from '#tests/support/scope.ts';
import { freshTenant, type EngineUnderTest } from './under-test.ts';

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

  const withVectors = under.hasVectors ? test : undefined;
  withVectors?.('vectors find what shares no word, within the filter and the access list', async () => {
    const tenant = freshTenant();
    const scope = createScope(tenant);
    const add = (id: string, vector: number[], changes = {}) => {
      const document = toNewDocument(id, `text ${id}`, changes);
      const embedding = Float32Array.from(vector);
      return { ...document, pieces: document.pieces.map((piece) => ({ ...piece, embedding })) };
    };
    await under.engine.upsert(
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
    expect(await under.idsOf(scope, toSearch('unrelated', { vector, mode: 'vector' }))).toEqual(['near', 'far']);
    expect(await under.idsOf(scope, toSearch('unrelated', { vector, mode: 'vector', filter: { kind: 'x' } }))).toEqual([
      'far',
    ]);
    expect(
      await under.idsOf(createScope(tenant, { groups: ['hr'] }), toSearch('unrelated', { vector, mode: 'vector' })),
    ).toHaveLength(3);
    expect(await under.idsOf(scope, toSearch('without', { vector, weights }))).toContain('none');
  });
}
