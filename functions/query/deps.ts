import { randomUUID } from 'node:crypto';
import { createAnswerQuestion } from '#lib/answers/answer-question.ts';
import { extractiveModel } from '#lib/answers/extractive-model.ts';
import type { Environment } from '#lib/config/env.ts';
import type { llmEnv } from '#lib/config/variables.ts';
import { createModels } from '#lib/llm/create-models.ts';
import { createStreamModel } from '#lib/llm/stream-model.ts';
import type { Retrieval } from '#lib/retrieval/create-retrieval.ts';
import type { Foundation } from '../foundation.ts';
import type { QueryDeps } from './app.ts';

export const createQueryDeps = (
  { http, metrics, audit }: Foundation,
  { retrieve }: Pick<Retrieval, 'retrieve'>,
  env: Environment<typeof llmEnv>,
): QueryDeps => ({
  http,
  answerQuestion: createAnswerQuestion({
    retrieve,
    streamModel: createStreamModel(),
    models: createModels(env, extractiveModel),
    metrics,
    audit,
    now: Date.now,
    randomId: randomUUID,
  }),
});
