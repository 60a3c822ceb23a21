import { expect } from 'vitest';
import { createCompleteChat } from '#lib/gateway/complete-chat.ts';
import { createEmbed } from '#lib/gateway/embed.ts';
import { createGuardrails } from '#lib/guardrails/create-guardrails.ts';
import { createCallModels } from '#lib/llm/call-models.ts';
import type { CatalogueModel } from '#lib/llm/catalogue.ts';
import type { ChatChunkBody } from '#lib/llm/chat-chunk.ts';
import { createMeterCall } from '#lib/llm/meter-call.ts';
import { createModelRouter } from '#lib/llm/model-router.ts';
import type { OpenAIClient } from '#lib/llm/openai-client.ts';
import type { TenantScope } from '#lib/tenancy/tenant-scope.ts';
import { createFakeAudit } from '#tests/support/audit.ts';
import { createRecordedTelemetry } from '#tests/support/telemetry.ts';

export const toModel = (id: string, fields: Partial<CatalogueModel> = {}): CatalogueModel => ({
  id,
  kind: 'chat',
  provider: { id: 'provider', baseUrl: 'http://provider.test', apiKey: undefined },
  upstreamModel: id,
  prices: [{ version: 'v1', from: 0, input: 1_000_000, cachedInput: 1_000_000, output: 2_000_000 }],
  contextTokens: 10_000,
  maxOutputTokens: 1_000,
  outputLimitField: 'max_tokens',
  imageTokens: 100,
  fallbacks: [],
  ...fields,
});

/** The gateway's verbs over a provider that is a function: it writes the chunks of an answer. */
export function createGateway(
  answer: (signal: AbortSignal) => AsyncIterable<ChatChunkBody>,
  models = [toModel('one')],
) {
  const { metrics } = createRecordedTelemetry();
  const now = () => 1_000;
  const audit = createFakeAudit();
  const [defaultModel = expect.fail()] = models;
  const catalogue = {
    models: new Map(models.map((model) => [model.id, model])),
    defaultModel,
    defaultEmbedding: undefined,
  };
  const router = createModelRouter({ catalogue, findProviderKey: async () => undefined });
  const callModels = createCallModels({
    breakers: { run: (_id, call) => call() },
    meterCall: createMeterCall({ metrics, now }),
    metrics,
    random: () => 0,
  });
  const client: OpenAIClient = {
    async *streamChat({ model: { id: model } }, _body, signal) {
      for await (const chunk of answer(signal)) yield [{ chunk, model, data: JSON.stringify(chunk) }];
    },
    createEmbeddings: async () => expect.fail('no embeddings were expected'),
  };
  const guardrails = createGuardrails({ audit, metrics });
  const answerQuestion = async () => expect.fail('no question was expected');
  const answering: TenantScope[] = [];
  const onAnswer = (scope: TenantScope) => void answering.push(scope);
  const deps = { onAnswer, router, callModels, client, guardrails, answerQuestion, metrics, audit, now };
  return {
    completeChat: createCompleteChat(deps),
    embed: createEmbed(deps),
    router,
    audited: audit.audited,
    answering,
  };
}
