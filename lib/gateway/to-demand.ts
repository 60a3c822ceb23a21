import type { Demand } from '#lib/admission/admission.ts';
import type { AnswerDemand } from '#lib/answers/answer-demand.ts';
import type { Clock } from '#lib/core/clock.ts';
import type { Candidates, ModelRouter } from '#lib/llm/model-router.ts';
import { toLedgerModel } from '#lib/llm/prices.ts';
import { worstCase, type CallSize } from '#lib/llm/worst-case.ts';
import { requirePermission } from '#lib/tenancy/role.ts';
import type { TenantScope } from '#lib/tenancy/tenant-scope.ts';
import { toCallSize } from './call-size.ts';
import { knowledgeOf, type ChatRequest } from './chat-request.ts';
import { inputBytes, type EmbeddingsRequest } from './embeddings-request.ts';
import { toQuestion } from './knowledge-question.ts';
import { selectChatModels } from './select-chat-models.ts';

interface DemandDeps {
  router: ModelRouter;
  toAnswerDemand: AnswerDemand;
  now: Clock;
}

/** What requests may come to at worst. Throw what their verbs throw before they begin. */
export interface ToDemand {
  chat(scope: TenantScope, request: ChatRequest): Demand;
  embeddings(scope: TenantScope, request: EmbeddingsRequest): Demand;
}

export function createToDemand({ router, toAnswerDemand, now }: DemandDeps): ToDemand {
  function toDemand(models: Candidates, size: CallSize): Demand {
    const at = now();
    return { ...worstCase(models, size, at), model: toLedgerModel(models[0], at) };
  }

  return {
    chat(scope, request) {
      requirePermission(scope, 'chat:write');
      const knowledge = knowledgeOf(request);
      if (knowledge) return toAnswerDemand(scope, toQuestion(request, knowledge));
      return toDemand(selectChatModels(router, scope, request), toCallSize(request));
    },
    embeddings(scope, request) {
      requirePermission(scope, 'embeddings:write');
      const [first, ...rest] = router.candidates(scope, request.model, 'embedding');
      // Each text of a batch has the whole context for itself.
      const unbounded: Candidates = [
        { ...first, contextTokens: Infinity },
        ...rest.map((model) => ({ ...model, contextTokens: Infinity })),
      ];
      return toDemand(unbounded, { bytes: inputBytes(request), images: 0, maxOutputTokens: 0, choices: 1 });
    },
  };
}
