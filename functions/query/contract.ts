import * as v from 'valibot';
import { defineRoute } from '#lib/http/contract.ts';
import { FilterSchema } from '#lib/retrieval/filter.ts';

const Content = v.pipe(v.string(), v.minLength(1), v.maxLength(32_000));

export const QueryRequest = v.strictObject({
  question: v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(8_000)),
  conversation: v.optional(
    v.pipe(v.array(v.strictObject({ role: v.picklist(['user', 'assistant']), content: Content })), v.maxLength(50)),
    [],
  ),
  limit: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(50)), 5),
  filter: v.optional(FilterSchema, {}),
  model: v.optional(v.pipe(v.string(), v.minLength(1), v.maxLength(200))),
  max_output_tokens: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(100_000))),
  temperature: v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(2))),
});

const Citation = v.strictObject({
  n: v.number(),
  document_id: v.string(),
  title: v.string(),
  quote: v.string(),
  start: v.number(),
  end: v.number(),
});

export const QueryResponse = v.strictObject({
  answer: v.string(),
  citations: v.array(Citation),
  finish: v.picklist(['stop', 'length', 'no_evidence']),
  docs_retrieved: v.number(),
  model: v.string(),
  cached: v.union([v.literal(false), v.picklist(['exact', 'semantic'])]),
  usage: v.strictObject({
    input_tokens: v.number(),
    output_tokens: v.number(),
    cost_dollars: v.number(),
    estimated: v.boolean(),
  }),
  request_id: v.string(),
});

export const routes = [
  defineRoute({
    method: 'post',
    path: '/v1/query',
    operation: 'query',
    summary: 'Answer a question from the documents that the caller may see, with citations',
    access: { permission: 'query:read', within: 'tenant' },
    json: QueryRequest,
    responses: {
      200: {
        description: "The answer; with `Accept: text/event-stream` the AI SDK's UI message stream",
        schema: QueryResponse,
        also: ['text/event-stream'],
      },
    },
    isIdempotent: true,
    isAdmitted: true,
    errors: ['search_unavailable', 'model_error', 'model_timeout', 'model_overloaded'],
  }),
];
