import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { SearchRequest } from '#lib/retrieval/engine.ts';
import {
  firstVersionOf,
  toAlias,
  toIndexName,
  toLedgerId,
  toTenantAlias,
  versionOf,
} from '#lib/retrieval/opensearch/names.ts';
import { toSearchQuery, visibleTo } from '#lib/retrieval/opensearch/query.ts';
import { toQueryVector } from '#tests/contracts/search-engine/under-test.ts';
import { toSearch } from '#tests/support/documents.ts';
import { createScope } from '#tests/support/scope.ts';

const scope = createScope('acme', { groups: ['hr', 'legal'] });

const bodyOf = (request: SearchRequest) => Object(toSearchQuery(scope, request, 3)?.body);
const clausesOf = (request: SearchRequest): object[] => bodyOf(request).query.hybrid.queries;

/** The filter that acts inside a clause, before the best are chosen. */
const filterOf = (clause: object): object[] => {
  const { bool, knn } = Object(clause);
  return bool ? bool.filter : knn.embedding.filter.bool.filter;
};

const request = fc
  .record({
    query: fc.string({ maxLength: 40 }),
    mode: fc.constantFrom('hybrid', 'lexical', 'vector') as fc.Arbitrary<SearchRequest['mode']>,
    fusion: fc.constantFrom('weighted', 'rrf') as fc.Arbitrary<SearchRequest['fusion']>,
    groupBy: fc.constantFrom('chunk', 'document') as fc.Arbitrary<SearchRequest['groupBy']>,
    offset: fc.integer({ min: 0, max: 900 }),
    limit: fc.integer({ min: 1, max: 100 }),
    explain: fc.boolean(),
    compare: fc.boolean(),
    weights: fc.record({
      lexical: fc.double({ min: 0.1, max: 1, noNaN: true }),
      ngram: fc.double({ min: 0, max: 1, noNaN: true }),
      vector: fc.double({ min: 0, max: 1, noNaN: true }),
    }),
    filter: fc.dictionary(fc.string({ minLength: 1, maxLength: 10 }), fc.string({ maxLength: 10 }), { maxKeys: 2 }),
    vector: fc.option(fc.constant(toQueryVector([1, 0, 0, 0])), { nil: undefined }),
  })
  .map((changes) => toSearch(changes.query, changes));

test('every clause of every search holds the tenant, its incarnation, the access list, the ledger and the filter', () => {
  fc.assert(
    fc.property(request, (asked) => {
      const query = toSearchQuery(scope, asked, 3);
      if (!query) {
        expect(asked.mode).toBe('vector');
        expect(asked.vector).toBeUndefined();
        return;
      }
      const { query: found, size, from } = Object(query.body);
      expect(Object.keys(found)).toEqual(['hybrid']);
      for (const clause of found.hybrid.queries) {
        const filter = filterOf(clause);
        for (const condition of visibleTo(scope, 'chunk')) expect(filter).toContainEqual(condition);
        expect(filter.length).toBeGreaterThanOrEqual(5 + Object.keys(asked.filter).length);
      }
      expect(found.hybrid.pagination_depth).toBeGreaterThanOrEqual(100);
      expect(from + size).toBeLessThanOrEqual(10_000);
      expect(query.shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 10);
    }),
  );
});

test('what may be seen is the incarnation’s own rows, unrestricted or for one of the groups, and not in the ledger', () => {
  expect(visibleTo(scope, 'document')).toEqual([
    { term: { kind: 'document' } },
    { term: { tenant_id: 'acme' } },
    { term: { incarnation: 'first' } },
    {
      bool: {
        must_not: [{ terms: { write: { index: 'genai_acme.vifirst', id: 'ledger.first', path: 'entries.write' } } }],
      },
    },
    {
      bool: {
        should: [{ term: { is_restricted: false } }, { terms: { groups: ['hr', 'legal'] } }],
        minimum_should_match: 1,
      },
    },
  ]);
});

test('vectors are compared with those of the same model alone, and their filter acts before the nearest are chosen', () => {
  const [clause] = clausesOf(toSearch('x', { mode: 'vector', vector: toQueryVector([1, 0, 0, 0], 'model/4') }));
  expect(filterOf(Object(clause))).toContainEqual({ term: { embedder: 'model/4' } });
  expect(Object(clause).knn.embedding).toMatchObject({ k: 100, vector: [1, 0, 0, 0] });
});

test('the default weights use a stored pipeline, others travel with the query', () => {
  expect(toSearchQuery(scope, toSearch('x'), 3)?.pipeline).toBe('genai-words-v1');
  const vector = toQueryVector([1, 0, 0, 0]);
  const equal = { lexical: 0.5, ngram: 0, vector: 0.5 };
  expect(toSearchQuery(scope, toSearch('x', { vector, weights: equal }), 3)?.pipeline).toBe('genai-vectors-v1');
  expect(toSearchQuery(scope, toSearch('x', { fusion: 'rrf' }), 3)?.pipeline).toBe('genai-rrf-v1');
  const own = toSearchQuery(scope, toSearch('x', { weights: { lexical: 0.2, ngram: 0.2, vector: 0.9 } }), 3);
  expect(own?.pipeline).toBeUndefined();
  expect(JSON.stringify(own?.body)).toContain('"weights":[0.5,0.5]');
});

test('names: a tenant’s index can’t be another’s, and its version is read back', () => {
  expect(toTenantAlias('acme')).toBe('genai_acme');
  expect(toAlias({ tenantId: 'acme', incarnation: 'x' })).toBe('genai_acme.vix');
  expect(firstVersionOf('first')).toBe(firstVersionOf('first'));
  expect(firstVersionOf('first')).not.toBe(firstVersionOf('second'));
  expect(versionOf(toAlias({ tenantId: 'acme', incarnation: '12' }))).toBe(0);
  expect(versionOf(toIndexName('acme', 12))).toBe(12);
  expect(versionOf('genai_acme')).toBe(0);
  expect(toLedgerId({ tenantId: 'acme', incarnation: 'x' })).toBe('ledger.x');
});
