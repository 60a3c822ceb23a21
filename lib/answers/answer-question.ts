import type { AuditTrail } from '#lib/audit/audit-trail.ts';
import { invalidRequest } from '#lib/core/api-error.ts';
import type { Clock } from '#lib/core/clock.ts';
import type { ChatModel } from '#lib/llm/model.ts';
import type { StreamModel } from '#lib/llm/stream-model.ts';
import type { Retrieve } from '#lib/retrieval/retrieve.ts';
import type { Metrics, QueryStatus } from '#lib/telemetry/metrics.ts';
import { requirePermission } from '#lib/tenancy/role.ts';
import type { TenantScope } from '#lib/tenancy/tenant-scope.ts';
import type { AnswerEvent, AnswerUsage, Question } from './answer.ts';
import { createFindEvidence } from './find-evidence.ts';
import { refuse } from './refuse.ts';
import { createWriteAnswer } from './write-answer.ts';

interface AnswerDeps {
  retrieve: Retrieve;
  streamModel: StreamModel;
  /** The first one answers where the question names none. */
  models: readonly [ChatModel, ...ChatModel[]];
  metrics: Metrics;
  audit: AuditTrail;
  now: Clock;
  randomId: () => string;
}

/** Authorises at once; the answer begins when the result is called. */
export type AnswerQuestion = (
  scope: TenantScope,
  question: Question,
) => (signal: AbortSignal) => AsyncGenerator<AnswerEvent>;

const noUsage: AnswerUsage = { inputTokens: 0, outputTokens: 0, costDollars: 0, isEstimated: false };

/**
 * Retrieves, asks the model, checks its citations. Where the documents hold too little, or the model
 * says so, the answer is a refusal. Ends with one `end`, or throws `forbidden`, `invalid_request` for
 * an unknown model, what `Retrieve` and `StreamModel` throw, or the signal's reason.
 */
export function createAnswerQuestion(deps: AnswerDeps): AnswerQuestion {
  const { retrieve, models, metrics, audit, now } = deps;
  const findEvidence = createFindEvidence(retrieve);
  const writeAnswer = createWriteAnswer(deps);

  function selectModel(id: string | undefined): ChatModel {
    const model = id === undefined ? models[0] : models.find((candidate) => candidate.id === id);
    if (!model) throw invalidRequest('model', 'is not a model of this platform');
    return model;
  }

  async function* answer(
    scope: TenantScope,
    model: ChatModel,
    input: Question,
    signal: AbortSignal,
  ): AsyncGenerator<AnswerEvent> {
    const evidence = await findEvidence(scope, input, signal);
    audit.recordAccess(scope, { action: 'document.query', target: '*' });
    if (evidence.sources.length === 0) {
      yield* refuse({ docsRetrieved: 0, model: model.id, usage: noUsage });
      return;
    }
    for (const source of evidence.sources) yield { type: 'source', source };
    yield* writeAnswer(model, input, evidence, signal);
  }

  async function* observed(events: AsyncGenerator<AnswerEvent>, signal: AbortSignal): AsyncGenerator<AnswerEvent> {
    const started = now();
    const elapsed = () => (now() - started) / 1000;
    let status: QueryStatus = 'aborted';
    let hasBegun = false;
    try {
      for await (const event of events) {
        if (event.type === 'delta' && !hasBegun) metrics.firstToken(elapsed());
        hasBegun ||= event.type === 'delta';
        if (event.type === 'end') status = event.answer.finish === 'no_evidence' ? 'no_evidence' : 'success';
        yield event;
      }
    } catch (error) {
      status = signal.aborted ? 'aborted' : 'error';
      throw error;
    } finally {
      metrics.query(status, elapsed());
    }
  }

  return (scope, input) => {
    requirePermission(scope, 'query:read');
    const model = selectModel(input.model);
    return (signal) => observed(answer(scope, model, input, signal), signal);
  };
}
