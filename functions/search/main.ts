import { llmEnv, searchEnv } from '#lib/config/variables.ts';
import { createRetrieval } from '#lib/retrieval/create-retrieval.ts';
import { startFunction } from '../start.ts';
import { createSearchApp } from './app.ts';
import { createSearchDeps } from './deps.ts';

await startFunction('search', { ...searchEnv, ...llmEnv }, async (foundation, env) => {
  const retrieval = await createRetrieval(env, foundation);
  const { fetch } = createSearchApp(createSearchDeps(foundation, retrieval));
  return { fetch, check: retrieval.check, close: () => retrieval.engine.close() };
});
