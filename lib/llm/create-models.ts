import { ConfigurationError, type Environment } from '#lib/config/env.ts';
import type { llmEnv } from '#lib/config/variables.ts';
import type { ChatModel } from './model.ts';
import { createOpenAIModel } from './model-openai.ts';

/** The models that questions can name, the default first. Throws `ConfigurationError`. */
export function createModels(env: Environment<typeof llmEnv>, builtIn: ChatModel): [ChatModel, ...ChatModel[]] {
  const { LLM_BASE_URL: baseUrl, LLM_API_KEY: apiKey, LLM_MODEL: model } = env;
  if (baseUrl === undefined) return [builtIn];
  if (model === undefined) throw new ConfigurationError(['LLM_MODEL must be set with LLM_BASE_URL']);
  return [createOpenAIModel({ baseUrl, apiKey, model }), builtIn];
}
