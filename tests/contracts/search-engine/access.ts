import { expect, test } from 'vitest';
import type { SearchRequest } from '#lib/retrieval/engine.ts';
import { toNewDocument, toSearch } from '#tests/support/documents.ts';
import { calm, createScope } from '#tests/support/scope.ts';
import { freshTenant, type EngineUnderTest } from './under-test.ts';

/** Who finds what: filters, access lists, tenants. */
export function describeAccess(under: EngineUnderTest): void {
  test('filters by value, list, range, nested field and list item', async () => {
    const scope = createScope(freshTenant());
    const add = (id: string, metadata: Record<string, never> | object) =>
      toNewDocument(id, 'common text', { metadata: { ...metadata } });
    await under.engine.upsert(
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
      (await under.idsOf(scope, toSearch('common', { filter }))).toSorted();
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
    await under.engine.upsert(
      writer,
      [toNewDocument('open', 'salary table'), toNewDocument('hidden', 'salary table', { groups: ['hr'] })],
      calm,
    );
    expect((await under.idsOf(insider, toSearch('salary'))).toSorted()).toEqual(['hidden', 'open']);
    expect(await under.idsOf(outsider, toSearch('salary'))).toEqual(['open']);
    expect(await under.idsOf(createScope(tenant), toSearch('salary'))).toEqual(['open']);
    expect(await under.engine.find(outsider, 'hidden', calm)).toBeUndefined();
    expect(await under.engine.findText(outsider, 'hidden', calm)).toBeUndefined();
    expect((await under.engine.list(outsider, { after: undefined, limit: 10 }, calm)).map(({ id }) => id)).toEqual([
      'open',
    ]);
    expect(await under.engine.find(insider, 'hidden', calm)).toMatchObject({ id: 'hidden', groups: ['hr'] });
    expect((await under.engine.findStates(outsider, ['hidden', 'open', 'none'], calm)).get('hidden')).toMatchObject({
      isVisible: false,
    });
  });

  test('hidden documents do not use up the candidates of those who may not see them', async () => {
    const tenant = freshTenant();
    const hidden = Array.from({ length: 150 }, (_, index) =>
      toNewDocument(`h${index}`, 'zebra zebra zebra', { groups: ['hr'] }),
    );
    await under.engine.upsert(
      createScope(tenant),
      [...hidden, toNewDocument('seen', `zebra ${'other words '.repeat(50)}`)],
      calm,
    );
    expect(await under.idsOf(createScope(tenant), toSearch('zebra'))).toEqual(['seen']);
  });

  test('an access list that changes takes effect when the call returns', async () => {
    const scope = createScope(freshTenant());
    await under.engine.upsert(scope, [toNewDocument('a', 'secret plan')], calm);
    expect(await under.idsOf(scope, toSearch('plan'))).toEqual(['a']);
    await under.engine.upsert(scope, [toNewDocument('a', 'secret plan', { groups: ['board'] })], calm);
    expect(await under.idsOf(scope, toSearch('plan'))).toEqual([]);
  });

  test("nothing of one tenant is reachable with another's scope, whatever the ids", async () => {
    const tenant = freshTenant();
    const [acme, corp, again] = [
      createScope(tenant),
      createScope(`${tenant}-corp`),
      createScope(tenant, { incarnation: 'second' }),
    ];
    await under.engine.upsert(acme, [toNewDocument('same', 'acme canary')], calm);
    await under.engine.upsert(corp, [toNewDocument('same', 'corp canary')], calm);
    for (const [scope, own] of [
      [acme, 'acme canary'],
      [corp, 'corp canary'],
    ] as const) {
      const { hits } = await under.engine.search(scope, toSearch('canary acme corp'), calm);
      expect(hits.map(({ text }) => text)).toEqual([own]);
      expect(hits.every(({ tenantId }) => tenantId === scope.tenantId)).toBe(true);
      expect(await under.engine.findText(scope, 'same', calm)).toBe(own);
    }
    expect(await under.idsOf(again, toSearch('canary'))).toEqual([]);
    expect(await under.engine.findStates(again, ['same'], calm)).toEqual(new Map());
    expect(await under.engine.remove(again, 'same', calm)).toBe(false);
    expect(await under.engine.remove(corp, 'same', calm)).toBe(true);
    expect(await under.engine.findText(acme, 'same', calm)).toBe('acme canary');
  });

  test('a dropped tenant is empty, its neighbour is not', async () => {
    const tenant = freshTenant();
    const [scope, neighbour] = [createScope(tenant), createScope(`${tenant}x`)];
    for (const each of [scope, neighbour]) await under.engine.upsert(each, [toNewDocument('a', 'text')], calm);
    await under.engine.drop(scope, calm);
    const recreated = createScope(tenant, { incarnation: 'second' });
    expect(await under.idsOf(recreated, toSearch('text'))).toEqual([]);
    expect(await under.idsOf(neighbour, toSearch('text'))).toEqual(['a']);
  });
}
