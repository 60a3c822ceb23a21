import type { ChatChunkBody } from '#lib/llm/chat-chunk.ts';
import { ApiError } from '#lib/core/api-error.ts';
import type { ChatEvent } from './chat-event.ts';
import { isFields, mergeDelta } from './merge-delta.ts';

type Fields = Record<string, unknown>;
type Choice = NonNullable<ChatChunkBody['choices']>[number];

/** Characters that the events of one answer may have: what is kept of them is in proportion. */
const maxLength = 32 * 1024 * 1024;

/** A list's items without what told them apart while they came. */
function toToolCalls(calls: unknown): unknown {
  if (!Array.isArray(calls)) return calls;
  return calls.map((call: unknown) => {
    if (!isFields(call)) return call;
    const { index: _, ...rest } = call;
    return rest;
  });
}

function toMessage({ tool_calls: calls, content = null, ...rest }: Fields): Fields {
  const isCall = Array.isArray(calls) && calls.length > 0;
  return {
    role: 'assistant',
    content: isCall && content === '' ? null : content,
    refusal: null,
    ...rest,
    ...(isCall ? { tool_calls: toToolCalls(calls) } : {}),
  };
}

/** What is said last holds. */
function replaceFields(into: Fields, fields: Fields): void {
  for (const [key, value] of Object.entries(fields)) if (value !== null && value !== undefined) into[key] = value;
}

interface Completion {
  body: Fields;
  cached: ChatEvent['cached'];
}

/** A chat completion out of the events of its stream. */
export async function assembleCompletion(events: AsyncIterable<ChatEvent>): Promise<Completion> {
  const top: Fields = {};
  const choices = new Map<number, { message: Fields; logprobs: Fields; rest: Fields }>();
  let model: string | undefined;
  let cached: ChatEvent['cached'];
  let length = 0;

  function addChoice({ index, delta, logprobs, ...rest }: Choice): void {
    const choice = choices.get(index) ?? { message: {}, logprobs: {}, rest: {} };
    choices.set(index, choice);
    mergeDelta(choice.message, delta ?? {});
    if (isFields(logprobs)) mergeDelta(choice.logprobs, logprobs);
    replaceFields(choice.rest, rest);
  }

  for await (const event of events) {
    const { choices: changed, ...rest } = event.chunk;
    ({ model, cached } = event);
    length += event.data.length;
    if (length > maxLength)
      throw new ApiError('model_error', undefined, { cause: new Error('The answer is too long') });
    replaceFields(top, rest);
    for (const choice of changed ?? []) addChoice(choice);
  }
  const body = {
    ...top,
    object: 'chat.completion',
    model,
    choices: [...choices]
      .toSorted(([a], [b]) => a - b)
      .map(([index, { message, logprobs, rest }]) => ({
        index,
        message: toMessage(message),
        logprobs: Object.keys(logprobs).length > 0 ? logprobs : null,
        finish_reason: null,
        ...rest,
      })),
  };
  return { body, cached };
}
