import type { Clock } from '#lib/core/clock.ts';
import type { CallModels } from '#lib/llm/call-models.ts';
import { toChatAttempt } from '#lib/llm/chat-attempt.ts';
import type { ChatChunk } from '#lib/llm/chat-chunk.ts';
import type { ModelAttempt } from '#lib/llm/model-attempt.ts';
import type { Candidates, ModelRouter } from '#lib/llm/model-router.ts';
import type { OpenAIClient } from '#lib/llm/openai-client.ts';
import type { Metrics } from '#lib/telemetry/metrics.ts';
import type { TenantScope } from '#lib/tenancy/tenant-scope.ts';
import type { ChatEvents } from './chat-event.ts';
import type { ChatRequest } from './chat-request.ts';
import { chunkLength } from './chunk-length.ts';
import { hideCachedTokens } from './hide-cached-tokens.ts';
import { toRequestFault } from './request-fault.ts';
import { maxOutputOf, toPrompt, toUpstreamBody } from './upstream-body.ts';

export interface ForwardChatDeps {
  router: Pick<ModelRouter, 'toTargets'>;
  callModels: CallModels;
  client: Pick<OpenAIClient, 'streamChat'>;
  metrics: Pick<Metrics, 'firstToken'>;
  now: Clock;
  /** Called when a model has begun to answer: the request's body has reached it. */
  onAnswer?: (scope: TenantScope) => void;
}

export type ForwardChat = (
  scope: TenantScope,
  request: ChatRequest,
  models: Candidates,
  signal: AbortSignal,
) => ChatEvents;

/** Each model is told the most that it can do itself. */
const toAttempt = (
  client: Pick<OpenAIClient, 'streamChat'>,
  scope: TenantScope,
  request: ChatRequest,
): ModelAttempt<ChatChunk> => ({
  ...toChatAttempt(client, toPrompt(request)),
  open: (target, signal) => client.streamChat(target, toUpstreamBody(scope, request, target.model), signal),
  maxOutput: (model) => maxOutputOf(request, model) * (request.n ?? 1),
});

/**
 * Has one of the models complete the chat. Throws what `CallModels` throws, and `invalid_request` where the provider says
 * so.
 */
export const createForwardChat = ({
  router,
  callModels,
  client,
  metrics,
  now,
  onAnswer,
}: ForwardChatDeps): ForwardChat =>
  async function* forwardChat(scope, request, models, signal) {
    const started = now();
    let hasBegun = false;
    let hasSpoken = false;
    try {
      const targets = await router.toTargets(scope, models, signal);
      for await (const { target, parts } of callModels(scope, targets, toAttempt(client, scope, request), signal)) {
        if (!hasBegun) onAnswer?.(scope);
        hasBegun = true;
        if (!hasSpoken && parts.some((part) => chunkLength(part) > 0)) {
          hasSpoken = true;
          metrics.firstToken((now() - started) / 1000);
        }
        yield parts.map((part) => hideCachedTokens({ ...part, model: target.model.id }));
      }
    } catch (error) {
      throw toRequestFault(error);
    }
  };
