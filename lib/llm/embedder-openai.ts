import { createGate } from '#lib/core/gate.ts';
import { isTimeout, withTimeout } from '#lib/core/abort.ts';
import { ApiError } from '#lib/core/api-error.ts';
import type { Embedder } from './embedder.ts';
import { toModelError } from './model-error.ts';

export interface EmbedderOptions {
  baseUrl: string;
  apiKey: string | undefined;
  model: string;
  dimensions: number;
}

const batchSize = 64;
const timeout = 30_000;
const maxRetries = 2;

/** The endpoint's model is not the one that the configuration describes. */
export class DimensionMismatch extends Error {
  constructor(given: number, expected: number) {
    super(`The embedding model gives ${given} dimensions, EMBEDDINGS_DIMENSIONS is ${expected}`);
    this.name = 'DimensionMismatch';
  }
}

function toUnitVector(values: readonly number[], dimensions: number): Float32Array {
  if (values.length !== dimensions)
    throw new ApiError('model_error', undefined, { cause: new DimensionMismatch(values.length, dimensions) });
  const length = Math.hypot(...values);
  return Float32Array.from(values, (value) => (length > 0 ? value / length : 0));
}

/** Any OpenAI-compatible `/embeddings` endpoint, by the AI SDK, which is loaded with the first call. */
export function createOpenAIEmbedder({ baseUrl, apiKey, model, dimensions }: EmbedderOptions): Embedder {
  const gate = createGate({ limit: 4, queue: 1_000 });

  async function embedBatch(values: string[], signal: AbortSignal): Promise<Float32Array[]> {
    const leave = await gate.enter(signal);
    const limited = withTimeout(signal, timeout);
    try {
      const [{ embedMany }, { createOpenAI }] = await Promise.all([import('ai'), import('@ai-sdk/openai')]);
      const provider = createOpenAI({ baseURL: baseUrl, apiKey: apiKey ?? 'none' });
      const { embeddings } = await embedMany({
        model: provider.embedding(model),
        values,
        maxRetries,
        abortSignal: limited,
      });
      return embeddings.map((embedding) => toUnitVector(embedding, dimensions));
    } catch (error) {
      signal.throwIfAborted();
      throw isTimeout(limited) ? new ApiError('model_timeout', undefined, { cause: error }) : toModelError(error);
    } finally {
      leave();
    }
  }

  return {
    identity: `${model}/${dimensions}`,
    dimensions,
    async embed(_tenant, texts, signal) {
      const vectors: Float32Array[] = [];
      for (let start = 0; start < texts.length; start += batchSize) {
        vectors.push(...(await embedBatch(texts.slice(start, start + batchSize), signal)));
      }
      return vectors;
    },
  };
}
