import type { Demand } from '#lib/admission/admission.ts';
import type { Clock } from '#lib/core/clock.ts';
import { maxChunkLength } from '#lib/documents/chunk.ts';
import type { EmbeddingDemand } from '#lib/llm/embedding-demand.ts';
import type { ModelRouter } from '#lib/llm/model-router.ts';
import { toLedgerModel } from '#lib/llm/prices.ts';
import { worstCase } from '#lib/llm/worst-case.ts';
import { requirePermission } from '#lib/tenancy/role.ts';
import type { TenantScope } from '#lib/tenancy/tenant-scope.ts';
import type { Question } from './answer.ts';
import { defaultMaxOutputTokens } from './write-answer.ts';

/** Of a source in the prompt: a passage, its title and its fence. A character has three bytes at most, two of them four. */
const sourceBytes = 3 * (maxChunkLength + 1_000);
const rulesBytes = 4_000;
/** The question is searched for, and once more together with the one before it. */
const searches = 3;

interface AnswerDemandDeps {
  router: Pick<ModelRouter, 'candidates'>;
  toEmbeddingDemand: EmbeddingDemand;
  now: Clock;
}

/** What an answer may come to. Throws `forbidden`, `invalid_request` for a model that the tenant may not use. */
export type AnswerDemand = (scope: TenantScope, question: Omit<Question, 'isFresh'>) => Demand;

export const createAnswerDemand =
  ({ router, toEmbeddingDemand, now }: AnswerDemandDeps): AnswerDemand =>
  (scope, { question, conversation, limit, model, maxOutputTokens = defaultMaxOutputTokens }) => {
    requirePermission(scope, 'query:read');
    const at = now();
    const models = router.candidates(scope, model, 'chat');
    const asked =
      Buffer.byteLength(question) + conversation.reduce((sum, turn) => sum + Buffer.byteLength(turn.content), 0);
    const bytes = rulesBytes + asked + limit * sourceBytes;
    const answer = worstCase(models, { bytes, images: 0, maxOutputTokens, choices: 1 }, at);
    const search = toEmbeddingDemand(searches * asked);
    return {
      tokens: answer.tokens + search.tokens,
      nanodollars: answer.nanodollars + search.nanodollars,
      model: toLedgerModel(models[0], at),
    };
  };
