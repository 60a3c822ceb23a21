import type { Clock } from '#lib/core/clock.ts';
import { createParts, type Parts } from '#lib/core/parts.ts';
import type { CallModels } from '#lib/llm/call-models.ts';
import { toChatAttempt } from '#lib/llm/chat-attempt.ts';
import type { ChatChunk } from '#lib/llm/chat-chunk.ts';
import type { ModelAttempt } from '#lib/llm/model-attempt.ts';
import type { TargetParts } from '#lib/llm/model-call.ts';
import type { Candidates, ModelRouter } from '#lib/llm/model-router.ts';
import type { OpenAIClient } from '#lib/llm/openai-client.ts';
import type { Metrics } from '#lib/telemetry/metrics.ts';
import type { TenantScope } from '#lib/tenancy/tenant-scope.ts';
import type { ChatEvent, ChatEvents } from './chat-event.ts';
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
export const createForwardChat =
  ({ router, callModels, client, metrics, now, onAnswer }: ForwardChatDeps): ForwardChat =>
  (scope, request, models, signal) => {
    const started = now();
    let answer: Parts<TargetParts<ChatChunk>> | undefined;
    let failure: { error: unknown } | undefined;
    let hasBegun = false;
    let hasSpoken = false;

    function watch(chunks: readonly ChatChunk[]): void {
      if (!hasBegun) onAnswer?.(scope);
      hasBegun = true;
      if (chunks.every((chunk) => chunkLength(chunk) === 0)) return;
      hasSpoken = true;
      metrics.firstToken((now() - started) / 1000);
    }

    function toEvents({ parts }: TargetParts<ChatChunk>): ChatEvent[] {
      if (!hasSpoken) watch(parts);
      return parts.map(hideCachedTokens);
    }

    async function begin(): Promise<void> {
      try {
        const targets = await router.toTargets(scope, models, signal);
        answer = callModels(scope, targets, toAttempt(client, scope, request), signal);
      } catch (error) {
        failure = { error };
      }
    }

    return createParts<readonly ChatEvent[]>({
      poll() {
        try {
          if (failure) throw failure.error;
          const result = answer?.poll();
          return !result || result.done ? result : { done: false, value: toEvents(result.value) };
        } catch (error) {
          void answer?.return(undefined);
          throw toRequestFault(error);
        }
      },
      arrival: () => answer?.arrival() ?? begin(),
      leave: () => answer?.return(undefined),
    });
  };
