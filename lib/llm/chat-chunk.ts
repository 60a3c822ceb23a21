import * as v from 'valibot';
import { isFields } from '#lib/core/fields.ts';
import type { TokenUsage } from './prices.ts';

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const text = v.nullish(v.string());
/** OpenAI's API has at most 128 choices. */
const maxPlace = 127;

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
  index: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(maxPlace)),
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

const isMissing = (value: unknown): value is null | undefined => value === undefined || value === null;
const isText = (value: unknown): boolean => typeof value === 'string' || isMissing(value);
const isPlace = (value: unknown): boolean =>
  typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= maxPlace;

const isPlainDelta = (delta: unknown): boolean =>
  isMissing(delta) || (isFields(delta) && isMissing(delta['tool_calls']) && isMissing(delta['function_call']));

const isPlainChoice = (choice: unknown): boolean =>
  isFields(choice) && isPlace(choice['index']) && isText(choice['finish_reason']) && isPlainDelta(choice['delta']);

/**
 * Whether it is a chunk with nothing but words, as nearly all are, which would come out of the schema as it is, but for
 * keys such as `__proto__`: told in a fraction of the time that the schema takes. Of all others it says nothing.
 */
export function isPlainChunk(body: unknown): body is ChatChunkBody {
  if (!isFields(body) || !isText(body['id']) || !isMissing(body['usage']) || body['error'] !== undefined) return false;
  const { choices } = body;
  return Array.isArray(choices) && choices.every(isPlainChoice);
}

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
  if (delta.tool_calls) for (const { function: called } of delta.tool_calls) all += calledText(called);
  for (const name in delta) {
    const value = delta[name];
    if (typeof value === 'string' && name !== 'role') all += value;
  }
  return all;
}

export const deltaLength = (delta: ChatDelta): number => deltaText(delta).length;
