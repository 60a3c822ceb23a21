import type { ChatModel } from './model.ts';

interface OpenAIModelOptions {
  baseUrl: string;
  apiKey: string | undefined;
  model: string;
}

/** A model behind any OpenAI-compatible chat completions endpoint. */
export function createOpenAIModel({ baseUrl, apiKey, model }: OpenAIModelOptions): ChatModel {
  const load = async () => {
    const { createOpenAI } = await import('@ai-sdk/openai');
    return createOpenAI({ baseURL: baseUrl, apiKey: apiKey ?? 'none' }).chat(model);
  };
  let loaded: ReturnType<typeof load> | undefined;
  return { id: model, countsTokens: true, load: () => (loaded ??= load()) };
}
