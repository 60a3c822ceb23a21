import type { AnswerQuestion } from '#lib/answers/answer-question.ts';
import type { AuditTrail } from '#lib/audit/audit-trail.ts';
import { recordStream } from '#lib/audit/record-reading.ts';
import type { Guardrails } from '#lib/guardrails/create-guardrails.ts';
import type { ModelRouter } from '#lib/llm/model-router.ts';
import { requirePermission } from '#lib/tenancy/role.ts';
import { withAnswerSpan } from '#lib/telemetry/tracing/with-answer-span.ts';
import type { TenantScope } from '#lib/tenancy/tenant-scope.ts';
import type { ChatEvents } from './chat-event.ts';
import { knowledgeOf, type ChatRequest, type Knowledge } from './chat-request.ts';
import { filterOutput } from './filter-output.ts';
import { createForwardChat, type ForwardChatDeps } from './forward-chat.ts';
import { toKnowledgeEvents } from './knowledge-events.ts';
import { toQuestion } from './knowledge-question.ts';
import { toFirstChoiceText, toMessageTexts } from './message-texts.ts';
import { selectChatModels } from './select-chat-models.ts';

interface CompleteChatDeps extends ForwardChatDeps {
  router: ModelRouter;
  answerQuestion: AnswerQuestion;
  guardrails: Guardrails;
  audit: AuditTrail;
}

export interface ChatOptions {
  /** The client wants an answer that is made now, not one that was kept. */
  isFresh: boolean;
}

/** Authorises and checks the request; the completion begins when the result is called. */
export type CompleteChat = (
  scope: TenantScope,
  request: ChatRequest,
  options: ChatOptions,
) => Promise<(signal: AbortSignal) => ChatEvents>;

/**
 * Has a model complete a chat, or answers it from the tenant's documents. Throws `forbidden`, `invalid_request`,
 * `context_length_exceeded`, what `Guard` throws for the messages, and what `ForwardChat` and `AnswerQuestion` throw.
 */
export function createCompleteChat(deps: CompleteChatDeps): CompleteChat {
  const { router, answerQuestion, guardrails, audit, now } = deps;
  const forwardChat = createForwardChat(deps);

  async function fromKnowledge(scope: TenantScope, request: ChatRequest, knowledge: Knowledge, options: ChatOptions) {
    const [{ id: model }] = router.candidates(scope, request.model, 'chat');
    const answer = await answerQuestion(scope, { ...toQuestion(request, knowledge), ...options });
    const { requestId } = scope.origin;
    return (signal: AbortSignal) => toKnowledgeEvents(answer(signal), { requestId, model, now });
  }

  return async (scope, request, options) => {
    requirePermission(scope, 'chat:write');
    const knowledge = knowledgeOf(request);
    if (knowledge) return fromKnowledge(scope, request, knowledge, options);
    const models = selectChatModels(router, scope, request);
    const guard = await guardrails.guard(scope);
    const guarded = guard.guardPrompt(request);
    const content = { messages: () => toMessageTexts(guarded), textOf: toFirstChoiceText };
    const entry = { action: 'model.complete', target: models[0].id };
    return (signal) =>
      withAnswerSpan(scope, content, () => {
        const completed = forwardChat(scope, guarded, models, signal);
        const recorded = recordStream({ audit, actor: scope, entry, signal }, completed);
        return filterOutput(recorded, guard, request.n ?? 1);
      });
  };
}
