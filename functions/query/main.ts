import { cacheEnv, llmEnv, providerKeyEnv, searchEnv } from '#lib/config/variables.ts';
import { createModels } from '#lib/llm/create-models.ts';
import { createRetrieval } from '#lib/retrieval/create-retrieval.ts';
import { startFunction } from '../start.ts';
import { createQueryApp } from './app.ts';
import { createQueryDeps } from './deps.ts';

await startFunction('query', { ...searchEnv, ...llmEnv, ...providerKeyEnv, ...cacheEnv }, async (foundation, env) => {
  const retrieval = await createRetrieval(env, foundation);
  const models = createModels(env, foundation);
  const { fetch } = createQueryApp(createQueryDeps(foundation, retrieval, models, env));
  return {
    fetch,
    check: retrieval.check,
    async close() {
      await models.close();
      await retrieval.engine.close();
    },
  };
});
