import { createAnswers } from '#lib/answers/create-answers.ts';
import type { Environment } from '#lib/config/env.ts';
import type { cacheEnv } from '#lib/config/variables.ts';
import type { Models } from '#lib/llm/create-models.ts';
import type { Retrieval } from '#lib/retrieval/create-retrieval.ts';
import type { Foundation } from '../foundation.ts';
import type { QueryDeps } from './app.ts';

export const createQueryDeps = (
  foundation: Foundation,
  retrieval: Pick<Retrieval, 'retrieve' | 'embedder'>,
  models: Pick<Models, 'router' | 'callModels'>,
  env: Environment<typeof cacheEnv>,
): QueryDeps => ({
  http: foundation.http,
  ...createAnswers(env, { ...foundation, retrieval, models }),
});
