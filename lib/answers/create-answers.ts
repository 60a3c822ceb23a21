import { randomUUID } from 'node:crypto';
import type { AuditTrail } from '#lib/audit/audit-trail.ts';
import type { Environment } from '#lib/config/env.ts';
import type { cacheEnv } from '#lib/config/variables.ts';
import type { Guardrails } from '#lib/guardrails/create-guardrails.ts';
import type { Models } from '#lib/llm/create-models.ts';
import { createEmbeddingDemand } from '#lib/llm/embedding-demand.ts';
import { createLoadLanguageModel } from '#lib/llm/load-language-model.ts';
import type { Retrieval } from '#lib/retrieval/create-retrieval.ts';
import type { State } from '#lib/state/state.ts';
import type { Logger } from '#lib/telemetry/logger.ts';
import type { Metrics } from '#lib/telemetry/metrics.ts';
import { createAnswerDemand, type AnswerDemand } from './answer-demand.ts';
import { createAnswerQuestion, type AnswerQuestion } from './answer-question.ts';
import { createCachedAnswers } from './cached-answers.ts';
import { extractiveModel } from './extractive-model.ts';

interface AnswersDeps {
  state: Pick<State, 'store' | 'corpus'>;
  retrieval: Pick<Retrieval, 'retrieve' | 'embedder'>;
  models: Pick<Models, 'router' | 'callModels'>;
  guardrails: Guardrails;
  audit: AuditTrail;
  metrics: Metrics;
  logger: Logger;
}

export interface Answers {
  answerQuestion: AnswerQuestion;
  toDemand: AnswerDemand;
}

/** Answers from documents, as the environment has them. */
export function createAnswers({ CACHE_TTL_SECONDS }: Environment<typeof cacheEnv>, deps: AnswersDeps): Answers {
  const { state, models, retrieval } = deps;
  const { retrieve, embedder } = retrieval;
  const now = Date.now;
  const randomId = randomUUID;
  return {
    toDemand: createAnswerDemand({ ...models, toEmbeddingDemand: createEmbeddingDemand(embedder?.model, now), now }),
    answerQuestion: createAnswerQuestion({
      ...deps,
      ...models,
      retrieve,
      loadLanguageModel: createLoadLanguageModel(extractiveModel),
      cachedAnswers: createCachedAnswers({ ...deps, ...state, embedder, randomId, ttlSeconds: CACHE_TTL_SECONDS }),
      now,
      randomId,
    }),
  };
}
