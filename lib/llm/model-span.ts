import { openSpan, withSpan, type OpenSpan, type SpanAttributes } from '#lib/telemetry/tracing/span.ts';
import type { CatalogueModel } from './catalogue.ts';
import type { TokenUsage } from './prices.ts';

const operations = { chat: 'chat', embedding: 'embeddings' } as const;

/** What is the same of every OpenAI-compatible endpoint, by the GenAI conventions; `server.address` tells them apart. */
function toAttributes({ id, kind, provider }: CatalogueModel): SpanAttributes {
  const url = provider && new URL(provider.baseUrl);
  return {
    'gen_ai.operation.name': operations[kind],
    'gen_ai.provider.name': provider ? 'openai' : 'genai-platform',
    'gen_ai.request.model': id,
    ...(url ? { 'server.address': url.hostname } : {}),
    ...(url && url.port !== '' ? { 'server.port': Number(url.port) } : {}),
  };
}

const nameOf = ({ id, kind }: CatalogueModel): string => `${operations[kind]} ${id}`;

/** The span of one call of a model. */
export const openModelSpan = (model: CatalogueModel, more: SpanAttributes): OpenSpan =>
  openSpan(nameOf(model), { kind: 'client', attributes: { ...toAttributes(model), ...more } });

/** Calls an embedding model inside a span. */
export const withEmbeddingSpan = <Result extends { usage: { tokens: number } }>(
  model: CatalogueModel,
  call: () => Promise<Result>,
): Promise<Result> =>
  withSpan(nameOf(model), { kind: 'client', attributes: toAttributes(model) }, async (span) => {
    const result = await call();
    if (Number.isSafeInteger(result.usage.tokens)) span.set({ 'gen_ai.usage.input_tokens': result.usage.tokens });
    return result;
  });

export const toUsageAttributes = ({ input, output }: TokenUsage): SpanAttributes => ({
  'gen_ai.usage.input_tokens': input,
  'gen_ai.usage.output_tokens': output,
});
