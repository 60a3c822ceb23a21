import type { LanguageModelV4 } from '@ai-sdk/provider';
import { toTraceParent } from '#lib/telemetry/tracing/trace-context.ts';
import type { ModelTarget } from './model-router.ts';

/** The AI SDK's model of a target. */
export type LoadLanguageModel = (target: ModelTarget) => Promise<LanguageModelV4>;

/** The SDK is loaded with the first call of a provider, so that a start without one does not wait for it. */
export const createLoadLanguageModel =
  (builtIn: LanguageModelV4): LoadLanguageModel =>
  async ({ model: { provider, upstreamModel }, apiKey = 'none' }) => {
    if (!provider) return builtIn;
    const { createOpenAI } = await import('@ai-sdk/openai');
    return createOpenAI({ baseURL: provider.baseUrl, apiKey, headers: toTraceParent() }).chat(upstreamModel);
  };
