import { afterAll, beforeAll, beforeEach, expect } from 'vitest';
import { createCallModels, type CallModels } from '#lib/llm/call-models.ts';
import type { CatalogueModel, Price } from '#lib/llm/catalogue.ts';
import type { ChatChunk } from '#lib/llm/chat-chunk.ts';
import { toChatAttempt } from '#lib/llm/chat-attempt.ts';
import { createMeterCall } from '#lib/llm/meter-call.ts';
import type { TargetParts } from '#lib/llm/model-call.ts';
import type { ModelTarget } from '#lib/llm/model-router.ts';
import { createOpenAIClient, type OpenAIClient } from '#lib/llm/openai-client.ts';
import type { ProviderBreakers } from '#lib/llm/provider-breakers.ts';
import { createProviderTransport, type ProviderTransport } from '#lib/llm/provider-transport.ts';
import { defaultStreamLimits, type StreamLimits } from '#lib/llm/stream-limits.ts';
import { createUnpricedModel } from '#lib/llm/unpriced-model.ts';
import type { TenantScope } from '#lib/tenancy/tenant-scope.ts';
import { calm, createScope } from '#tests/support/scope.ts';
import { createRecordedTelemetry } from '#tests/support/telemetry.ts';
import { startUpstream, type Upstream } from '#tests/support/upstream.ts';

/** Two models of two providers, simulated, and the ways to call them. */

export const price: Price = { version: 'v1', from: 0, input: 1_000_000, cachedInput: 250_000, output: 3_000_000 };
export const prompt = { messages: [{ role: 'user', content: 'A question of forty characters in length.' }] };

interface Providers {
  readonly upstream: Upstream;
  readonly other: Upstream;
  readonly client: OpenAIClient;
}

/** What they were called with is forgotten between tests. */
export function useProviders(): Providers {
  let started: { upstream: Upstream; other: Upstream; transport: ProviderTransport } | undefined;
  const running = () => started ?? expect.fail('The providers have not been started');
  beforeAll(async () => {
    const [upstream, other] = await Promise.all([startUpstream(), startUpstream()]);
    started = { upstream, other, transport: createProviderTransport() };
  });
  beforeEach(() => {
    running().upstream.calls.splice(0);
    running().other.calls.splice(0);
  });
  afterAll(async () => {
    await started?.transport.close();
    await Promise.all([started?.upstream.close(), started?.other.close()]);
  });
  return {
    get upstream() {
      return running().upstream;
    },
    get other() {
      return running().other;
    },
    get client() {
      return createOpenAIClient(running().transport);
    },
  };
}

export function createTarget(id: string, { url }: Pick<Upstream, 'url'>, rest: Partial<ModelTarget> = {}): ModelTarget {
  const provider = { id: `provider-of-${id}`, baseUrl: url, apiKey: undefined };
  const model: CatalogueModel = {
    ...createUnpricedModel({ id, kind: 'chat' }),
    provider,
    upstreamModel: `upstream-${id}`,
    prices: [price],
  };
  return { model, apiKey: 'key-of-the-platform', isOwnKey: false, ...rest };
}

const always: ProviderBreakers = { run: (_id, call) => call() };

export interface Caller {
  callModels: CallModels;
  retries: string[];
}

export function createCaller(limits: Partial<StreamLimits> = {}, breakers = always): Caller {
  const { metrics } = createRecordedTelemetry();
  const retries: string[] = [];
  const callModels = createCallModels({
    breakers,
    meterCall: createMeterCall({ metrics, now: Date.now }),
    metrics: { modelRetry: (kind) => void retries.push(kind) },
    random: () => 0,
    limits: { ...defaultStreamLimits, ...limits },
  });
  return { callModels, retries };
}

export interface Run {
  scope: TenantScope;
  parts: AsyncGenerator<{ target: ModelTarget; part: ChatChunk }>;
  retries: string[];
}

interface RunOptions extends Partial<StreamLimits> {
  targets?: [ModelTarget, ...ModelTarget[]];
  body?: Record<string, unknown>;
  signal?: AbortSignal;
  breakers?: ProviderBreakers;
}

/** The parts one by one, also those that came together. */
export async function* partByPart<Part>(
  answer: AsyncGenerator<TargetParts<Part>>,
): AsyncGenerator<{ target: ModelTarget; part: Part }> {
  for await (const { target, parts } of answer) for (const part of parts) yield { target, part };
}

/** A chat completion of the first provider's model, unless it says otherwise. */
export function createRun(providers: Providers) {
  return (options: RunOptions = {}): Run => {
    const { targets = [createTarget('first', providers.upstream)], body = prompt, signal = calm, breakers } = options;
    const { firstToken, betweenTokens, total } = { ...defaultStreamLimits, ...options };
    const { callModels, retries } = createCaller({ firstToken, betweenTokens, total }, breakers);
    const scope = createScope('acme');
    const parts = partByPart(callModels(scope, targets, toChatAttempt(providers.client, body), signal));
    return { scope, retries, parts };
  };
}

export const textOf = (parts: { part: ChatChunk }[]): string =>
  parts.map(({ part }) => part.chunk.choices?.map(({ delta }) => delta?.content ?? '').join('') ?? '').join('');
