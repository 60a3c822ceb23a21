import type { Clock } from '#lib/core/clock.ts';
import { OpenedParts } from '#lib/core/opened-parts.ts';
import type { Parts } from '#lib/core/parts.ts';
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

/** An answer before anything of it has been looked at. */
type RawAnswer = Parts<TargetParts<ChatChunk>>;

/** The events of one completion, as the provider writes them. */
class Completion extends OpenedParts<TargetParts<ChatChunk>, RawAnswer, readonly ChatEvent[]> {
  readonly #call: () => Promise<RawAnswer>;
  readonly #onChunks: (chunks: readonly ChatChunk[]) => boolean;
  #hasSpoken = false;

  /** `onChunks` is told of chunks until it says that there are words in them. */
  constructor(call: () => Promise<RawAnswer>, onChunks: (chunks: readonly ChatChunk[]) => boolean) {
    super();
    this.#call = call;
    this.#onChunks = onChunks;
  }

  poll(): IteratorResult<readonly ChatEvent[], undefined> | undefined {
    try {
      const result = this.pollSource();
      if (!result || result.done) return result;
      const { parts } = result.value;
      if (!this.#hasSpoken) this.#hasSpoken = this.#onChunks(parts);
      return { done: false, value: hideCachedTokens(parts) };
    } catch (error) {
      void this.source?.return();
      throw toRequestFault(error);
    }
  }

  protected open(): Promise<RawAnswer> {
    return this.#call();
  }

  protected leave(): unknown {
    return this.source?.return();
  }
}

/**
 * Has one of the models complete the chat. Throws what `CallModels` throws, and `invalid_request` where the provider says
 * so.
 */
export const createForwardChat =
  ({ router, callModels, client, metrics, now, onAnswer }: ForwardChatDeps): ForwardChat =>
  (scope, request, models, signal) => {
    const started = now();
    let hasBegun = false;

    async function call() {
      const targets = await router.toTargets(scope, models, signal);
      return callModels(scope, targets, toAttempt(client, scope, request), signal);
    }

    function watch(chunks: readonly ChatChunk[]): boolean {
      if (!hasBegun) onAnswer?.(scope);
      hasBegun = true;
      const hasWords = chunks.some((chunk) => chunkLength(chunk) > 0);
      if (hasWords) metrics.firstToken((now() - started) / 1000);
      return hasWords;
    }

    return new Completion(call, watch);
  };
