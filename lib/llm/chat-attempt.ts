import * as v from 'valibot';
import { deltaLength, toTokenUsage, type ChatChunk } from './chat-chunk.ts';
import { estimateTokens } from './estimate-tokens.ts';
import type { ModelAttempt } from './model-attempt.ts';
import type { OpenAIClient } from './openai-client.ts';

/** Parts of a message that the tokens of a prompt are estimated by. */
const PartSchema = v.object({ type: v.string(), text: v.optional(v.string(), '') });
const MessageSchema = v.object({ content: v.union([v.string(), v.array(PartSchema)]) });
const MessagesSchema = v.object({ messages: v.array(v.fallback(MessageSchema, { content: '' })), tools: v.unknown() });

interface PromptSize {
  characters: number;
  images: number;
}

function sizeOf(body: Record<string, unknown>): PromptSize {
  const parsed = v.safeParse(MessagesSchema, { tools: undefined, ...body });
  if (!parsed.success) return { characters: 0, images: 0 };
  const { messages, tools } = parsed.output;
  const size: PromptSize = { characters: tools === undefined ? 0 : JSON.stringify(tools).length, images: 0 };
  for (const { content } of messages) {
    const parts = typeof content === 'string' ? [{ type: 'text', text: content }] : content;
    for (const { type, text } of parts) {
      size.characters += text.length;
      if (type === 'image_url') size.images += 1;
    }
  }
  return size;
}

/** A chat completion, as OpenAI's API has it, of whichever model answers. */
export const toChatAttempt = (
  { streamChat }: Pick<OpenAIClient, 'streamChat'>,
  body: Record<string, unknown>,
): ModelAttempt<ChatChunk> => ({
  open: (target, signal) => streamChat(target, body, signal),
  isContent: ({ chunk }) =>
    chunk.choices?.some((choice) => Boolean(choice.finish_reason) || deltaLength(choice.delta ?? {}) > 0) ?? false,
  usageOf: ({ chunk }) => (chunk.usage ? toTokenUsage(chunk.usage) : undefined),
  lengthOf: ({ chunk }) => chunk.choices?.reduce((sum, { delta }) => sum + deltaLength(delta ?? {}), 0) ?? 0,
  promptTokens({ imageTokens }) {
    const { characters, images } = sizeOf(body);
    return estimateTokens(characters) + images * imageTokens;
  },
});
