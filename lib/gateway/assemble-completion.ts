import type { ChatChunkBody } from '#lib/llm/chat-chunk.ts';
import { ApiError } from '#lib/core/api-error.ts';
import { isFields, type Fields } from '#lib/core/fields.ts';
import type { ChatEvent } from './chat-event.ts';
import { mergeDelta, prototypeKey } from './merge-delta.ts';

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

/** What is said last holds. Called for each chunk of an answer, which is why it copies nothing. */
function replaceFields(into: Fields, fields: Fields, except: ReadonlySet<string>): void {
  for (const key of Object.keys(fields)) {
    const value = fields[key];
    if (value !== null && value !== undefined && !except.has(key)) into[key] = value;
  }
}

/** What is put together piece by piece. */
const chunkParts = new Set([prototypeKey, 'choices']);
const choiceParts = new Set([prototypeKey, 'index', 'delta', 'logprobs']);

interface Completion {
  body: Fields;
  cached: ChatEvent['cached'];
}

/** A chat completion out of the events of its stream. */
export async function assembleCompletion(events: AsyncIterable<readonly ChatEvent[]>): Promise<Completion> {
  const top: Fields = {};
  const choices = new Map<number, { message: Fields; logprobs: Fields; rest: Fields }>();
  let model: string | undefined;
  let cached: ChatEvent['cached'];
  let length = 0;

  function addChoice(part: Choice): void {
    const { index, delta, logprobs } = part;
    const choice = choices.get(index) ?? { message: {}, logprobs: {}, rest: {} };
    choices.set(index, choice);
    mergeDelta(choice.message, delta ?? {});
    if (isFields(logprobs)) mergeDelta(choice.logprobs, logprobs);
    replaceFields(choice.rest, part, choiceParts);
  }

  function addEvent(event: ChatEvent): void {
    const { chunk, data } = event;
    ({ model, cached } = event);
    length += data.length;
    if (length > maxLength)
      throw new ApiError('model_error', undefined, { cause: new Error('The answer is too long') });
    replaceFields(top, chunk, chunkParts);
    for (const choice of chunk.choices ?? []) addChoice(choice);
  }

  for await (const some of events) for (const event of some) addEvent(event);
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
