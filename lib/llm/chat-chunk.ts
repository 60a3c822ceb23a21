import * as v from 'valibot';
import type { TokenUsage } from './prices.ts';

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const text = v.nullish(v.string());

/** Tokens as OpenAI's API tells them. */
export const UsageSchema = v.looseObject({
  prompt_tokens: count,
  completion_tokens: v.optional(count, 0),
  prompt_tokens_details: v.nullish(v.looseObject({ cached_tokens: v.nullish(count) })),
});

const CalledSchema = v.looseObject({ name: text, arguments: text });

const DeltaSchema = v.looseObject({
  tool_calls: v.nullish(v.array(v.looseObject({ function: v.nullish(CalledSchema) }))),
  function_call: v.nullish(CalledSchema),
});

const ChoiceSchema = v.looseObject({
  index: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(127)),
  delta: v.nullish(DeltaSchema),
  finish_reason: text,
});

/** One event of a chat completion's stream: what the platform reads of it, and the rest as it came. */
export const ChatChunkSchema = v.looseObject({
  id: text,
  choices: v.nullish(v.array(ChoiceSchema)),
  /** What can't be read is counted here instead. */
  usage: v.fallback(v.nullish(UsageSchema), undefined),
  error: v.optional(v.unknown()),
});

export type ChatChunkBody = v.InferOutput<typeof ChatChunkSchema>;
export type ChatDelta = v.InferOutput<typeof DeltaSchema>;

export interface ChatChunk {
  /** The event's JSON as it was sent, without line breaks. */
  data: string;
  chunk: ChatChunkBody;
  /** The model that it is from, as clients know it. */
  model: string;
}

export const toTokenUsage = (usage: v.InferOutput<typeof UsageSchema>): TokenUsage => ({
  input: usage.prompt_tokens,
  cachedInput: Math.min(usage.prompt_tokens_details?.cached_tokens ?? 0, usage.prompt_tokens),
  output: usage.completion_tokens,
});

const calledText = (called: v.InferOutput<typeof CalledSchema> | null | undefined): string =>
  (called?.name ?? '') + (called?.arguments ?? '');

/** What a delta holds of the answer: words, refusals, thoughts by whatever name, and what tools are called with. */
export function deltaText(delta: ChatDelta): string {
  let all = calledText(delta.function_call);
  for (const { function: called } of delta.tool_calls ?? []) all += calledText(called);
  for (const name of Object.keys(delta)) {
    const value = delta[name];
    if (typeof value === 'string' && name !== 'role') all += value;
  }
  return all;
}

export const deltaLength = (delta: ChatDelta): number => deltaText(delta).length;
