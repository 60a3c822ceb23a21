import { toDollars } from '#lib/usage/money.ts';
import { createCappedLabel } from '../capped-label.ts';
import type { Metrics } from '../metrics.ts';
import type { Instruments } from './instruments.ts';

type Answered = Pick<
  Metrics,
  'query' | 'firstToken' | 'models' | 'tokens' | 'modelRetry' | 'cost' | 'cache' | 'guardrail' | 'ingest'
>;

const maxTenantLabels = 100;
const maxModelLabels = 100;
const directions = ['input', 'output'];
const caches = ['exact', 'semantic'];
const cacheResults = ['hit', 'miss', 'shared', 'bypassed'];

export function createAnswerMetrics({ count, countBy, timeTraced }: Instruments): Answered {
  const queries = countBy('genai_queries_total', 'Questions by outcome', 'status', [
    'success',
    'no_evidence',
    'error',
    'aborted',
  ]);
  const timeQuery = timeTraced('genai_query_latency_seconds', 'Time from a question to the end of its answer');
  const timeFirstToken = timeTraced(
    'genai_time_to_first_token_seconds',
    'Time from a question to the first word of its answer',
  );
  const tokens = count('genai_tokens_total', 'Model tokens', ['direction', 'model']);
  const retries = countBy(
    'genai_model_retries_total',
    'Further attempts at an answer, by the same model or by the next one',
    'kind',
    ['retry', 'fallback'],
  );
  const costs = count(
    'genai_cost_total_dollars',
    'Dollars that requests came to, estimates of the platform’s own work included, by tenant',
    ['tenant'],
  );
  const cacheRequests = count(
    'genai_cache_requests_total',
    'Look-ups of a cache by what they gave; shared: the answer was being made for another request',
    ['cache', 'result'],
  );
  for (const cache of caches) for (const result of cacheResults) cacheRequests.labels({ cache, result }).inc(0);
  const guardrails = countBy('genai_guardrail_verdicts_total', 'What guardrails have refused or changed', 'verdict', [
    'too_long',
    'blocked_input',
    'blocked_output',
    'redacted',
    'labelled',
  ]);
  const documents = countBy('genai_documents_ingested_total', 'Documents by what became of them', 'status', [
    'created',
    'updated',
    'unchanged',
    'failed',
  ]);
  const tenantLabel = createCappedLabel(maxTenantLabels);
  const modelLabel = createCappedLabel(maxModelLabels);

  return {
    query(status, seconds) {
      queries.inc({ status });
      timeQuery(seconds);
    },
    firstToken: timeFirstToken,
    models(ids) {
      for (const id of ids) for (const direction of directions) tokens.inc({ direction, model: modelLabel(id) }, 0);
    },
    tokens: (direction, model, amount) => tokens.inc({ direction, model: modelLabel(model) }, amount),
    modelRetry: (kind) => retries.inc({ kind }),
    cost: (tenantId, nanodollars) => costs.inc({ tenant: tenantLabel(tenantId) }, toDollars(nanodollars)),
    cache: (cache, result) => cacheRequests.inc({ cache, result }),
    guardrail: (verdict) => guardrails.inc({ verdict }),
    ingest: (status) => documents.inc({ status }),
  };
}
