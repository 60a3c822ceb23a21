import * as v from 'valibot';
import { FilterSchema } from '#lib/retrieval/filter.ts';
import { ChatMessageSchema, TextContent } from './chat-message.ts';
import { between, integer, Name, text } from './chat-fields.ts';

const FunctionSchema = v.looseObject({ name: Name });
const Tool = v.variant('type', [
  v.strictObject({ type: v.literal('function'), function: FunctionSchema }),
  v.strictObject({ type: v.literal('custom'), custom: FunctionSchema }),
]);

const KnowledgeSettings = v.strictObject({
  filter: v.optional(FilterSchema, {}),
  limit: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(50)), 5),
});

/**
 * A chat completion's request as OpenAI's API has it, and what other providers take beside. A field that is not known
 * here could name another model or cost what nobody has reserved: it is refused.
 */
export const ChatRequestSchema = v.strictObject({
  model: v.optional(v.pipe(text(200), v.minLength(1))),
  messages: v.pipe(v.array(ChatMessageSchema), v.minLength(1), v.maxLength(2_000)),
  /** Answer from the tenant's documents. */
  knowledge: v.optional(v.union([v.boolean(), KnowledgeSettings])),
  stream: v.nullish(v.boolean()),
  stream_options: v.nullish(
    v.strictObject({ include_usage: v.nullish(v.boolean()), include_obfuscation: v.nullish(v.boolean()) }),
  ),
  max_tokens: integer(1, 10_000_000),
  max_completion_tokens: integer(1, 10_000_000),
  n: integer(1, 16),
  temperature: between(0, 2),
  top_p: between(0, 1),
  top_k: integer(-1, 1_000_000),
  min_p: between(0, 1),
  repetition_penalty: between(0, 10),
  presence_penalty: between(-2, 2),
  frequency_penalty: between(-2, 2),
  seed: v.nullish(v.pipe(v.number(), v.safeInteger())),
  stop: v.nullish(v.union([text(1_000), v.pipe(v.array(text(1_000)), v.maxLength(16))])),
  logprobs: v.nullish(v.boolean()),
  top_logprobs: integer(0, 20),
  logit_bias: v.nullish(
    v.pipe(v.record(text(20), v.pipe(v.number(), v.minValue(-100), v.maxValue(100))), v.maxEntries(1_024)),
  ),
  tools: v.nullish(v.pipe(v.array(Tool), v.maxLength(128))),
  tool_choice: v.nullish(v.union([Name, v.looseObject({ type: v.picklist(['function', 'custom', 'allowed_tools']) })])),
  parallel_tool_calls: v.nullish(v.boolean()),
  functions: v.nullish(v.pipe(v.array(FunctionSchema), v.maxLength(128))),
  function_call: v.nullish(v.union([Name, FunctionSchema])),
  response_format: v.nullish(v.looseObject({ type: v.picklist(['text', 'json_object', 'json_schema', 'grammar']) })),
  prediction: v.nullish(v.strictObject({ type: v.literal('content'), content: TextContent })),
  reasoning_effort: v.nullish(Name),
  verbosity: v.nullish(Name),
  /** Speech has prices of its own, which the catalogue does not know. */
  modalities: v.nullish(v.pipe(v.array(v.literal('text')), v.maxLength(1))),
  /** As above, for other tiers. */
  service_tier: v.nullish(v.picklist(['auto', 'default'])),
  store: v.nullish(v.boolean()),
  metadata: v.nullish(v.pipe(v.record(text(64), text(512)), v.maxEntries(16))),
  user: v.nullish(text(512)),
  safety_identifier: v.nullish(text(512)),
  prompt_cache_key: v.nullish(text(512)),
});

export type ChatRequest = v.InferOutput<typeof ChatRequestSchema>;
export type ChatMessage = ChatRequest['messages'][number];
export type Knowledge = v.InferOutput<typeof KnowledgeSettings>;

/** How an answer from documents is wanted; `undefined` where it is not. */
export function knowledgeOf({ knowledge = false }: Pick<ChatRequest, 'knowledge'>): Knowledge | undefined {
  if (typeof knowledge === 'object') return knowledge;
  return knowledge ? { filter: {}, limit: 5 } : undefined;
}
