import type { TenantRef } from '#lib/tenancy/state-key.ts';
import type { TenantScope } from '#lib/tenancy/tenant-scope.ts';
import type { ClauseWeights, SearchRequest } from '../engine.ts';
import { toTerms } from '../terms.ts';
import { toFactClauses } from './facts.ts';
import { toAlias, toLedgerId } from './names.ts';
import { toWeightedPipeline } from './schema.ts';

type Clause = keyof ClauseWeights;
type RowKind = 'document' | 'chunk';

const maxTerms = 64;
/** Fewer candidates than this for each clause before fusing cost quality. */
const minCandidates = 100;
/** `max_result_window` of the index. */
const maxCandidates = 10_000;

const hitFields = [
  'tenant_id',
  'document_id',
  'write',
  'title',
  'media_type',
  'metadata',
  'chunk',
  'start',
  'end',
  'text',
];

/**
 * Rows of the tenant's incarnation that are to be seen: those of writes that are under way or undone,
 * and of documents that were replaced or removed, are named in the ledger, which the engine reads
 * as it stands, not as it was at the last refresh. It is looked up where the query is: in the alias.
 */
export const ownRows = (tenant: TenantRef, kind: RowKind, alias = toAlias(tenant)): object[] => [
  { term: { kind } },
  { term: { tenant_id: tenant.tenantId } },
  { term: { incarnation: tenant.incarnation } },
  {
    bool: {
      must_not: [{ terms: { write: { index: alias, id: toLedgerId(tenant), path: 'entries.write' } } }],
    },
  },
];

/** Rows that the scope may see. Part of every clause of every query that reads one. */
export const visibleTo = (scope: TenantScope, kind: RowKind): object[] => [
  ...ownRows(scope, kind),
  {
    bool: {
      should: [{ term: { is_restricted: false } }, { terms: { groups: scope.groups } }],
      minimum_should_match: 1,
    },
  },
];

/** The clauses of the search by name, each with the filter inside it, where it acts before the best are chosen. */
function toClauses(request: SearchRequest, filter: object[], candidates: number): { clause: Clause; query: object }[] {
  const { query, vector, mode, weights } = request;
  const terms = toTerms(query, maxTerms).join(' ');
  const match = (field: string) => ({ bool: { must: [{ match: { [field]: { query: terms } } }], filter } });
  const queries: Record<Clause, object | undefined> = {
    lexical: match('content'),
    ngram: match('content.grams'),
    vector: vector && {
      knn: {
        embedding: {
          vector: [...vector.values],
          k: candidates,
          filter: { bool: { filter: [...filter, { term: { embedder: vector.embedder } }] } },
        },
      },
    },
  };
  const isIn = (clause: Clause) => (mode === 'hybrid' ? weights[clause] > 0 : mode === clause);
  return (['lexical', 'ngram', 'vector'] as const).flatMap((clause) => {
    const clauseQuery = isIn(clause) ? queries[clause] : undefined;
    return clauseQuery ? [{ clause, query: clauseQuery }] : [];
  });
}

const defaults = new Map([
  ['lexical:0.7,ngram:0.3', 'genai-words-v1'],
  ['lexical:0.5,vector:0.5', 'genai-vectors-v1'],
]);

/** A stored pipeline where the weights are the defaults, else one that travels with the query. */
function toPipeline({ fusion }: SearchRequest, clauses: readonly Clause[], shares: readonly number[]): string | object {
  if (fusion === 'rrf') return 'genai-rrf-v1';
  const known = defaults.get(clauses.map((clause, index) => `${clause}:${shares[index]}`).join(','));
  return known ?? toWeightedPipeline(shares);
}

export interface SearchQuery {
  body: object;
  /** The name of a stored pipeline, where the body holds none. */
  pipeline: string | undefined;
  clauses: readonly Clause[];
  /** The weight of each clause; together 1. */
  shares: readonly number[];
  /** Rows that are asked for. */
  size: number;
  /** Rows that each clause may find. */
  candidates: number;
}

/**
 * The search as one hybrid query, which has to be the outermost one. Grouped by document, `factor`
 * times as many rows are asked for as documents, from the first on. `undefined` where no clause is
 * left to search with.
 */
export function toSearchQuery(scope: TenantScope, request: SearchRequest, factor: number): SearchQuery | undefined {
  const { offset, limit, groupBy, mode, weights, compare } = request;
  const isGrouped = groupBy === 'document';
  const wanted = offset + limit + 1;
  const candidates = Math.min(Math.max(minCandidates, isGrouped ? wanted * factor : wanted), maxCandidates);
  const filter = [...visibleTo(scope, 'chunk'), ...toFactClauses(request.filter)];
  const found = toClauses(request, filter, candidates);
  if (found.length === 0) return undefined;
  const clauses = found.map(({ clause }) => clause);
  const parts = clauses.map((clause) => (mode === 'hybrid' ? weights[clause] : 1));
  const total = parts.reduce((sum, part) => sum + part, 0);
  const shares = parts.map((part) => part / total);
  const pipeline = toPipeline(request, clauses, shares);
  const from = isGrouped ? 0 : offset;
  const size = Math.min(isGrouped ? wanted * factor : limit + 1, candidates - from);
  return {
    clauses,
    shares,
    candidates,
    size,
    pipeline: typeof pipeline === 'string' ? pipeline : undefined,
    body: {
      query: { hybrid: { queries: found.map(({ query }) => query), pagination_depth: candidates } },
      ...(typeof pipeline === 'string' ? {} : { search_pipeline: pipeline }),
      from,
      size,
      _source: compare && request.vector ? [...hitFields, 'embedding'] : hitFields,
      track_total_hits: false,
    },
  };
}
