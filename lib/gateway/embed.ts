import type { AuditTrail } from '#lib/audit/audit-trail.ts';
import { recordReading } from '#lib/audit/record-reading.ts';
import type { Guard } from '#lib/guardrails/guard.ts';
import type { Guardrails } from '#lib/guardrails/create-guardrails.ts';
import type { CallModels } from '#lib/llm/call-models.ts';
import { toEmbeddingsAttempt } from '#lib/llm/embeddings-attempt.ts';
import type { ModelRouter } from '#lib/llm/model-router.ts';
import type { EmbeddingsBody, OpenAIClient } from '#lib/llm/openai-client.ts';
import { requirePermission } from '#lib/tenancy/role.ts';
import type { TenantScope } from '#lib/tenancy/tenant-scope.ts';
import { toBase64Vectors } from './base64-vectors.ts';
import type { EmbeddingsRequest } from './embeddings-request.ts';
import { toPseudonym } from './pseudonym.ts';
import { toRequestFault } from './request-fault.ts';

interface EmbedDeps {
  router: ModelRouter;
  callModels: CallModels;
  client: Pick<OpenAIClient, 'createEmbeddings'>;
  guardrails: Guardrails;
  audit: AuditTrail;
}

/** The provider's answer, under the name that clients know the model by. */
interface EmbeddingsAnswer extends Omit<EmbeddingsBody, 'usage'> {
  model: string;
  usage?: object;
}

export type Embed = (scope: TenantScope, request: EmbeddingsRequest, signal: AbortSignal) => Promise<EmbeddingsAnswer>;

function toBody(scope: TenantScope, request: EmbeddingsRequest): Record<string, unknown> {
  const { model: _model, user, ...rest } = request;
  return typeof user === 'string' ? { ...rest, user: toPseudonym(scope, user) } : rest;
}

const isText = (item: unknown) => typeof item === 'string';

/** Texts alone: what a list of tokens says is not known here. */
function guardInput(guard: Guard, request: EmbeddingsRequest): EmbeddingsRequest {
  const texts = [request.input].flat().filter(isText);
  guard.checkInput(texts.map((text) => ({ path: 'input', text })));
  if (isText(request.input)) return { ...request, input: guard.redact(request.input) };
  return request.input.every(isText) ? { ...request, input: texts.map(guard.redact) } : request;
}

/** Nothing is written for an embedding. */
function toUsage({ usage }: EmbeddingsBody): { usage?: object } {
  if (!usage) return {};
  const { completion_tokens: _none, ...rest } = usage;
  return { usage: rest };
}

/** Throws `forbidden`, `invalid_request`, what `Guard` and `CallModels` throw, or the signal's reason. */
export function createEmbed({ router, callModels, client, guardrails, audit }: EmbedDeps): Embed {
  return async (scope, request, signal) => {
    requirePermission(scope, 'embeddings:write');
    const models = router.candidates(scope, request.model, 'embedding');
    const guarded = guardInput(await guardrails.guard(scope), request);
    const targets = await router.toTargets(scope, models, signal);
    const entry = { action: 'model.embed', target: models[0].id };
    return recordReading({ audit, actor: scope, entry, signal }, async () => {
      try {
        const [answered] = await Array.fromAsync(
          callModels(scope, targets, toEmbeddingsAttempt(client, toBody(scope, guarded)), signal),
        );
        const [answer] = answered?.parts ?? [];
        if (!answered || !answer) throw new Error('The call has no answer');
        const { usage: _counted, ...body } = request.encoding_format === 'base64' ? toBase64Vectors(answer) : answer;
        return { ...body, ...toUsage(answer), model: answered.target.model.id };
      } catch (error) {
        throw toRequestFault(error);
      }
    });
  };
}
