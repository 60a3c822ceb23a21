import { createAnswers } from '#lib/answers/create-answers.ts';
import type { Environment } from '#lib/config/env.ts';
import type { cacheEnv } from '#lib/config/variables.ts';
import { createCompleteChat } from '#lib/gateway/complete-chat.ts';
import { createEmbed } from '#lib/gateway/embed.ts';
import { createGetModel, createListModels } from '#lib/gateway/list-models.ts';
import { createToDemand } from '#lib/gateway/to-demand.ts';
import { createReceiveUntilAnswered } from '#lib/http/receive-until-answered.ts';
import type { Models } from '#lib/llm/create-models.ts';
import type { Retrieval } from '#lib/retrieval/create-retrieval.ts';
import type { Foundation } from '../foundation.ts';
import type { ChatDeps } from './app.ts';

/** Images stand in a body as text. */
const maxBytes = 8 * 1024 * 1024;

export function createChatDeps(
  foundation: Foundation,
  retrieval: Pick<Retrieval, 'retrieve' | 'embedder'>,
  models: Models,
  env: Environment<typeof cacheEnv>,
): ChatDeps {
  const { answerQuestion, toDemand: toAnswerDemand } = createAnswers(env, { ...foundation, retrieval, models });
  const bodies = createReceiveUntilAnswered({ maxBytes });
  const deps = { ...foundation, ...models, client: models.openai, answerQuestion, toAnswerDemand, now: Date.now };
  return {
    http: foundation.http,
    receiveBody: bodies.receive,
    toDemand: createToDemand(deps),
    completeChat: createCompleteChat({ ...deps, onAnswer: bodies.release }),
    embed: createEmbed(deps),
    listModels: createListModels(deps),
    getModel: createGetModel(deps),
  };
}
