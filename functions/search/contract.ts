import * as v from 'valibot';
import { defineRoute } from '#lib/http/contract.ts';
import { FilterSchema } from '#lib/retrieval/filter.ts';

export const SearchRequest = v.strictObject({
  query: v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(4_000)),
  limit: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(100)), 10),
  cursor: v.optional(v.pipe(v.string(), v.maxLength(1_000))),
  mode: v.optional(v.picklist(['hybrid', 'lexical', 'vector']), 'hybrid'),
  filter: v.optional(FilterSchema, {}),
  group_by: v.optional(v.picklist(['chunk', 'document']), 'chunk'),
  fusion: v.optional(v.picklist(['weighted', 'rrf']), 'weighted'),
  highlight: v.optional(v.boolean(), false),
  explain: v.optional(v.boolean(), false),
});

const SearchHit = v.strictObject({
  document_id: v.string(),
  chunk: v.number(),
  title: v.string(),
  text: v.string(),
  start: v.number(),
  end: v.number(),
  score: v.number(),
  metadata: v.record(v.string(), v.unknown()),
  highlights: v.optional(v.array(v.strictObject({ start: v.number(), end: v.number() }))),
  explanation: v.optional(
    v.strictObject({ lexical: v.optional(v.number()), ngram: v.optional(v.number()), vector: v.optional(v.number()) }),
  ),
});

export const SearchResponse = v.strictObject({
  hits: v.array(SearchHit),
  mode: v.picklist(['hybrid', 'lexical', 'vector']),
  took_ms: v.number(),
  degraded: v.optional(v.literal(true)),
  next_cursor: v.optional(v.string()),
});

export const routes = [
  defineRoute({
    method: 'post',
    path: '/v1/search',
    operation: 'search',
    summary: 'Find passages of the documents that the caller may see',
    access: { permission: 'search:read', within: 'tenant' },
    json: SearchRequest,
    responses: { 200: { description: 'Passages, best first', schema: SearchResponse } },
    isAdmitted: true,
    errors: ['search_unavailable', 'model_error', 'model_timeout', 'model_overloaded'],
  }),
];
