import { createGate, type QueueReport } from '#lib/core/gate.ts';
import { isTimeout, withTimeout } from '#lib/core/abort.ts';
import { ApiError } from '#lib/core/api-error.ts';
import { PlainError } from '#lib/core/plain-error.ts';
import type { Clock } from '#lib/core/clock.ts';
import { toTraceParent } from '#lib/telemetry/tracing/trace-context.ts';
import type { CallOutcome } from '#lib/usage/ledger-entry.ts';
import type { CatalogueModel, Provider } from './catalogue.ts';
import type { Embedder, Payer } from './embedder.ts';
import { createEmbeddingDemand } from './embedding-demand.ts';
import { englishLength, estimateTokens } from './estimate-tokens.ts';
import type { MeterCall } from './meter-call.ts';
import { toModelError } from './model-error.ts';
import { withEmbeddingSpan } from './model-span.ts';
import { toTextBatches } from './text-batches.ts';

interface EmbedderOptions {
  model: CatalogueModel & { provider: Provider };
  dimensions: number;
  meterCall: MeterCall;
  now: Clock;
  queue?: QueueReport | undefined;
}

const timeout = 30_000;
const maxRetries = 2;

/** The endpoint's model is not the one that the configuration describes. */
export class DimensionMismatch extends PlainError {
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

const bytesOf = (texts: readonly string[]): number => texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
const tokensOf = (texts: readonly string[]): number =>
  texts.reduce((sum, text) => sum + estimateTokens(englishLength(text)), 0);

/** Any OpenAI-compatible `/embeddings` endpoint, by the AI SDK, which is loaded with the first call. */
export function createOpenAIEmbedder({ model, dimensions, meterCall, now, queue }: EmbedderOptions): Embedder {
  const toDemand = createEmbeddingDemand(model, now);
  const gate = createGate({ limit: 4, queue: 1_000, report: queue });

  async function callModel(values: string[], signal: AbortSignal) {
    const [{ embedMany }, { createOpenAI }] = await Promise.all([import('ai'), import('@ai-sdk/openai')]);
    const { baseUrl, apiKey = 'none' } = model.provider;
    const provider = createOpenAI({ baseURL: baseUrl, apiKey });
    return embedMany({
      model: provider.embedding(model.upstreamModel),
      values,
      maxRetries,
      abortSignal: signal,
      headers: toTraceParent(),
    });
  }

  /** What a provider does not count is counted here. */
  function meter(payer: Payer, values: readonly string[], outcome: CallOutcome, counted?: number): void {
    const isCounted = counted !== undefined && Number.isSafeInteger(counted);
    const tokens = { input: isCounted ? counted : tokensOf(values), cachedInput: 0, output: 0 };
    meterCall(payer, { model, isOwnKey: false }, { tokens, isEstimated: !isCounted, outcome });
  }

  /** What failed is not charged for; what was given up or was too late may have been. */
  function meterFailure(payer: Payer, values: readonly string[], signal: AbortSignal, isLate: boolean): void {
    if (signal.aborted) meter(payer, values, 'aborted');
    else if (isLate) meter(payer, values, 'failed');
    else meter(payer, values, 'failed', 0);
  }

  /** Throws before the call is made. */
  function reserve({ usage }: Payer, values: readonly string[]): (() => void) | undefined {
    return usage?.reserve(toDemand(bytesOf(values)).nanodollars);
  }

  async function embedBatch(payer: Payer, values: string[], signal: AbortSignal): Promise<Float32Array[]> {
    const leave = await gate.enter(signal);
    const limited = withTimeout(signal, timeout);
    let release: (() => void) | undefined;
    try {
      release = reserve(payer, values);
      const { embeddings, usage } = await withEmbeddingSpan(model, () => callModel(values, limited));
      meter(payer, values, 'success', usage.tokens);
      return embeddings.map((embedding) => toUnitVector(embedding, dimensions));
    } catch (error) {
      if (!(error instanceof ApiError)) meterFailure(payer, values, signal, isTimeout(limited));
      signal.throwIfAborted();
      throw isTimeout(limited) ? new ApiError('model_timeout', undefined, { cause: error }) : toModelError(error);
    } finally {
      release?.();
      leave();
    }
  }

  return {
    identity: `${model.id}/${dimensions}`,
    dimensions,
    model,
    async embed(payer, texts, signal) {
      const vectors: Float32Array[] = [];
      for (const batch of toTextBatches(texts)) vectors.push(...(await embedBatch(payer, batch, signal)));
      return vectors;
    },
  };
}
