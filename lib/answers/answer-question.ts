import type { AuditTrail } from '#lib/audit/audit-trail.ts';
import { recordStream } from '#lib/audit/record-reading.ts';
import type { Clock } from '#lib/core/clock.ts';
import type { Guard } from '#lib/guardrails/guard.ts';
import type { Guardrails } from '#lib/guardrails/create-guardrails.ts';
import type { CallModels } from '#lib/llm/call-models.ts';
import type { LoadLanguageModel } from '#lib/llm/load-language-model.ts';
import type { Candidates, ModelRouter } from '#lib/llm/model-router.ts';
import type { Retrieve } from '#lib/retrieval/retrieve.ts';
import type { Metrics, QueryStatus } from '#lib/telemetry/metrics.ts';
import { withAnswerSpan } from '#lib/telemetry/tracing/with-answer-span.ts';
import { requirePermission } from '#lib/tenancy/role.ts';
import type { TenantScope } from '#lib/tenancy/tenant-scope.ts';
import { toAnswerUsage } from './answer-usage.ts';
import type { AnswerEvent, Question } from './answer.ts';
import type { CachedAnswers } from './cached-answers.ts';
import { createFindEvidence } from './find-evidence.ts';
import { promptVersion } from './prompt.ts';
import { refuse } from './refuse.ts';
import { createWriteAnswer } from './write-answer.ts';

interface AnswerDeps {
  retrieve: Retrieve;
  router: ModelRouter;
  callModels: CallModels;
  loadLanguageModel: LoadLanguageModel;
  guardrails: Guardrails;
  cachedAnswers: CachedAnswers;
  metrics: Metrics;
  audit: AuditTrail;
  now: Clock;
  randomId: () => string;
}

const toMessages = ({ conversation, question }: Question) => [
  ...conversation.map(({ role, content }) => ({ role, text: content })),
  { role: 'user', text: question },
];

/** Authorises and checks the question; the answer begins when the result is called. */
export type AnswerQuestion = (
  scope: TenantScope,
  question: Question,
) => Promise<(signal: AbortSignal) => AsyncGenerator<AnswerEvent>>;

/**
 * Retrieves, asks the model, checks its citations. Where the documents hold too little, or the model
 * says so, the answer is a refusal. What was answered before from the same documents is answered again. Ends with one
 * `end`, or throws `forbidden`, `invalid_request` for an unknown model, what `Guard` throws for the question, what
 * `Retrieve`, `CallModels` and `WriteAnswer` throw, or the signal's reason.
 */
export function createAnswerQuestion(deps: AnswerDeps): AnswerQuestion {
  const { retrieve, router, guardrails, cachedAnswers, metrics, audit, now } = deps;
  const findEvidence = createFindEvidence(retrieve);
  const writeAnswer = createWriteAnswer(deps);

  async function* answer(
    scope: TenantScope,
    models: Candidates,
    input: Question,
    guard: Guard,
    signal: AbortSignal,
  ): AsyncGenerator<AnswerEvent> {
    const evidence = await findEvidence(scope, input, signal);
    if (evidence.sources.length === 0) {
      const usage = toAnswerUsage(scope.usage);
      yield* refuse({ docsRetrieved: 0, model: models[0].id, usage, isDegraded: evidence.isDegraded });
      return;
    }
    for (const source of evidence.sources) yield { type: 'source', source };
    const targets = await router.toTargets(scope, models, signal);
    yield* writeAnswer(scope, targets, input, evidence, guard, signal);
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

  return async (scope, input) => {
    requirePermission(scope, 'query:read');
    const models = router.candidates(scope, input.model, 'chat');
    const guard = await guardrails.guard(scope);
    const question = guard.guardQuestion(input);
    const means = { model: models[0].id, promptVersion, isBypassed: input.isFresh };
    const produce = (signal: AbortSignal) => answer(scope, models, question, guard, signal);
    const content = {
      messages: () => toMessages(question),
      textOf: (event: AnswerEvent) => (event.type === 'delta' ? event.text : ''),
    };
    const entry = { action: 'document.query', target: '*' };
    return (signal) =>
      withAnswerSpan(scope, content, () => {
        const answered = cachedAnswers(scope, question, means, produce, signal);
        return observed(recordStream({ audit, actor: scope, entry, signal }, answered), signal);
      });
  };
}
