import * as v from 'valibot';
import { ChatRequestSchema } from '#lib/gateway/chat-request.ts';
import { EmbeddingsRequestSchema } from '#lib/gateway/embeddings-request.ts';
import { defineRoute } from '#lib/http/contract.ts';

export const ModelParam = v.strictObject({ id: v.pipe(v.string(), v.minLength(1), v.maxLength(200)) });

const Usage = v.looseObject({ prompt_tokens: v.number(), total_tokens: v.optional(v.number()) });

export const ChatCompletion = v.looseObject({
  id: v.optional(v.string()),
  object: v.literal('chat.completion'),
  created: v.optional(v.number()),
  model: v.string(),
  choices: v.array(
    v.looseObject({
      index: v.number(),
      message: v.looseObject({ role: v.string(), content: v.nullable(v.string()), refusal: v.nullable(v.string()) }),
      finish_reason: v.nullable(v.string()),
    }),
  ),
  usage: v.optional(Usage),
  /** Of an answer from documents. */
  genai: v.optional(
    v.strictObject({
      finish: v.picklist(['stop', 'length', 'no_evidence']),
      docs_retrieved: v.number(),
      cached: v.union([v.literal(false), v.picklist(['exact', 'semantic'])]),
    }),
  ),
});

const Embeddings = v.looseObject({
  model: v.string(),
  data: v.array(v.looseObject({})),
  usage: v.nullish(Usage),
});

const Model = v.strictObject({
  id: v.string(),
  object: v.literal('model'),
  created: v.number(),
  owned_by: v.string(),
});

const ModelList = v.strictObject({ object: v.literal('list'), data: v.array(Model) });

const models = ['model_error', 'model_timeout', 'model_overloaded'] as const;

export const routes = [
  defineRoute({
    method: 'post',
    path: '/v1/chat/completions',
    operation: 'createChatCompletion',
    summary: "Complete a chat as OpenAI's API does; with `knowledge`, from the documents that the caller may see",
    access: { permission: 'chat:write', within: 'tenant' },
    json: ChatRequestSchema,
    errorBody: 'OpenAIError',
    isIdempotent: true,
    isAdmitted: true,
    responses: {
      200: {
        description: 'The completion; with `stream` its chunks, then `[DONE]`',
        schema: ChatCompletion,
        also: ['text/event-stream'],
      },
    },
    errors: ['context_length_exceeded', 'search_unavailable', ...models],
  }),
  defineRoute({
    method: 'post',
    path: '/v1/embeddings',
    operation: 'createEmbeddings',
    summary: "Embed texts as OpenAI's API does",
    access: { permission: 'embeddings:write', within: 'tenant' },
    json: EmbeddingsRequestSchema,
    errorBody: 'OpenAIError',
    isAdmitted: true,
    responses: { 200: { description: 'A vector for each input, in their order', schema: Embeddings } },
    errors: [...models],
  }),
  defineRoute({
    method: 'get',
    path: '/v1/models',
    operation: 'listModels',
    summary: 'List the models that the tenant may use',
    access: { permission: 'models:read', within: 'tenant' },
    errorBody: 'OpenAIError',
    responses: { 200: { description: 'The models', schema: ModelList } },
    errors: [],
  }),
  defineRoute({
    method: 'get',
    path: '/v1/models/:id',
    operation: 'getModel',
    summary: 'Describe a model that the tenant may use',
    access: { permission: 'models:read', within: 'tenant' },
    param: ModelParam,
    errorBody: 'OpenAIError',
    responses: { 200: { description: 'The model', schema: Model } },
    errors: ['not_found'],
  }),
];
