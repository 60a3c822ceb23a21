import type { Environment } from '#lib/config/env.ts';
import { cacheEnv, llmEnv, providerKeyEnv, searchEnv } from '#lib/config/variables.ts';
import { createModels, type Models } from '#lib/llm/create-models.ts';
import { createRetrieval, type Retrieval } from '#lib/retrieval/create-retrieval.ts';
import type { foundationEnv, Foundation } from './foundation.ts';
import type { FunctionParts } from './start.ts';

/** What functions read that answer from documents by models. */
export const answeringEnv = { ...searchEnv, ...llmEnv, ...providerKeyEnv, ...cacheEnv };

type AnsweringEnvironment = Environment<typeof answeringEnv & typeof foundationEnv>;
type CreateApp = (
  foundation: Foundation,
  retrieval: Retrieval,
  models: Models,
  env: AnsweringEnvironment,
) => Pick<FunctionParts, 'fetch'>;

/** The app on an engine and models of its own. Throws `ConfigurationError`. */
export const makeAnswering =
  (createApp: CreateApp) =>
  async (foundation: Foundation, env: AnsweringEnvironment): Promise<FunctionParts> => {
    const retrieval = await createRetrieval(env, foundation);
    const models = createModels(env, foundation);
    const { fetch } = createApp(foundation, retrieval, models, env);
    return {
      fetch,
      check: retrieval.check,
      async close() {
        await models.close();
        await retrieval.engine.close();
      },
    };
  };
