import * as v from 'valibot';
import { FilterSchema } from '#lib/retrieval/filter.ts';

/**
 * A chat completion's request as OpenAI's API has it. What is not known here is passed on, so that clients of other
 * providers work as well; the limits of the JSON text bound it.
 */

const text = (max: number) => v.pipe(v.string(), v.maxLength(max));
const between = (min: number, max: number) => v.nullish(v.pipe(v.number(), v.minValue(min), v.maxValue(max)));
const integer = (min: number, max: number) =>
  v.nullish(v.pipe(v.number(), v.integer(), v.minValue(min), v.maxValue(max)));

/** As long as the body may be: images and files stand in it. */
const Content = text(8 * 1024 * 1024);
const Name = text(256);

const Part = v.variant('type', [
  v.looseObject({ type: v.literal('text'), text: Content }),
  v.looseObject({ type: v.literal('refusal'), refusal: Content }),
  v.looseObject({
    type: v.literal('image_url'),
    image_url: v.looseObject({
      url: v.pipe(Content, v.regex(/^(?:data:|https?:\/\/)/i, 'must be an http, https or data URL')),
    }),
  }),
  v.looseObject({ type: v.literal('input_audio'), input_audio: v.looseObject({ data: Content, format: Name }) }),
  v.looseObject({ type: v.literal('file'), file: v.looseObject({}) }),
]);

const ToolCall = v.looseObject({
  id: v.optional(Name),
  type: v.optional(Name),
  function: v.optional(v.looseObject({ name: Name, arguments: Content })),
});

const ToolCalls = v.pipe(
  v.nullish(v.pipe(v.array(ToolCall), v.maxLength(128))),
  v.transform((calls) => calls ?? undefined),
);

const Message = v.looseObject({
  role: v.picklist(['system', 'developer', 'user', 'assistant', 'tool', 'function']),
  content: v.nullish(v.union([Content, v.pipe(v.array(Part), v.maxLength(1_000))])),
  name: v.nullish(Name),
  tool_calls: v.optional(ToolCalls),
  tool_call_id: v.nullish(Name),
});

const KnowledgeSettings = v.strictObject({
  filter: v.optional(FilterSchema, {}),
  limit: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(50)), 5),
});

export const ChatRequestSchema = v.looseObject({
  model: v.optional(v.pipe(text(200), v.minLength(1))),
  messages: v.pipe(v.array(Message), v.minLength(1), v.maxLength(2_000)),
  /** Answer from the tenant's documents. */
  knowledge: v.optional(v.union([v.boolean(), KnowledgeSettings])),
  stream: v.nullish(v.boolean()),
  stream_options: v.nullish(v.looseObject({ include_usage: v.nullish(v.boolean()) })),
  max_tokens: integer(1, 10_000_000),
  max_completion_tokens: integer(1, 10_000_000),
  n: integer(1, 16),
  temperature: between(0, 2),
  top_p: between(0, 1),
  presence_penalty: between(-2, 2),
  frequency_penalty: between(-2, 2),
  seed: v.nullish(v.pipe(v.number(), v.safeInteger())),
  stop: v.nullish(v.union([text(1_000), v.pipe(v.array(text(1_000)), v.maxLength(16))])),
  logprobs: v.nullish(v.boolean()),
  top_logprobs: integer(0, 20),
  logit_bias: v.nullish(
    v.pipe(v.record(text(20), v.pipe(v.number(), v.minValue(-100), v.maxValue(100))), v.maxEntries(1_024)),
  ),
  tools: v.nullish(v.pipe(v.array(v.looseObject({ type: Name })), v.maxLength(128))),
  tool_choice: v.nullish(v.union([Name, v.looseObject({ type: Name })])),
  parallel_tool_calls: v.nullish(v.boolean()),
  response_format: v.nullish(v.looseObject({ type: Name })),
  reasoning_effort: v.nullish(Name),
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
