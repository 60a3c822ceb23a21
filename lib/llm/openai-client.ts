import * as v from 'valibot';
import { UsageSchema, type ChatChunk } from './chat-chunk.ts';
import { ChunkStream } from './chunk-stream.ts';
import type { ModelTarget } from './model-router.ts';
import { parseProviderJson } from './provider-json.ts';
import { readText, type ProviderTransport } from './provider-transport.ts';

/** Any OpenAI-compatible provider. Throws `ProviderError`, what the network throws, or the signal's reason. */
export interface OpenAIClient {
  /** The events of a chat completion, its usage among them, up to its end, as they are read. Leaving it closes the call. */
  streamChat(
    target: ModelTarget,
    body: Record<string, unknown>,
    signal: AbortSignal,
  ): AsyncIterable<readonly ChatChunk[]>;
  createEmbeddings(target: ModelTarget, body: Record<string, unknown>, signal: AbortSignal): Promise<EmbeddingsBody>;
}

const EmbeddingsSchema = v.looseObject({
  data: v.pipe(v.array(v.looseObject({ embedding: v.unknown() })), v.maxLength(2_048)),
  usage: v.nullish(UsageSchema),
  error: v.optional(v.unknown()),
});
export type EmbeddingsBody = v.InferOutput<typeof EmbeddingsSchema>;

/** 2,048 vectors of 3,072 numbers, as text. */
const maxEmbeddingsBytes = 128 * 1024 * 1024;

export function createOpenAIClient({ post }: Pick<ProviderTransport, 'post'>): OpenAIClient {
  return {
    streamChat(target, body, signal) {
      const options = v.is(v.looseObject({}), body['stream_options']) ? body['stream_options'] : {};
      const request = {
        ...body,
        model: target.model.upstreamModel,
        stream: true,
        stream_options: { ...options, include_usage: true },
      };
      const choices = typeof body['n'] === 'number' ? body['n'] : 1;
      return new ChunkStream(target.model.id, choices, () => post(target, 'chat/completions', request, signal));
    },
    async createEmbeddings(target, body, signal) {
      const request = { ...body, model: target.model.upstreamModel };
      const response = await post(target, 'embeddings', request, signal);
      return parseProviderJson(EmbeddingsSchema, await readText(response, maxEmbeddingsBytes));
    },
  };
}
