import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { BreakerState } from '#lib/core/circuit-breaker.ts';
import { toDollars } from '#lib/usage/money.ts';
import { createCappedLabel } from './capped-label.ts';
import { leakageKinds, type LeakageKind } from '#lib/tenancy/leakage.ts';

/** Seconds: resolves 5 ms to 60 s. */
const buckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 1.5, 2, 2.5, 3.5, 5, 10, 20, 30, 60];

export type StreamOutcome = 'finished' | 'failed' | 'aborted';
export type QueryStatus = 'success' | 'no_evidence' | 'error' | 'aborted';
/** What the platform depends on, by the names that metrics and alerts use. */
export type Dependency = 'search' | 'state' | `model:${string}`;
/** Why a request was turned away before any work. */
export type AdmissionRefusal = 'requests' | 'tokens' | 'concurrency' | 'budget' | 'share' | 'state';
export type CacheName = 'exact' | 'semantic';
export type CacheResult = 'hit' | 'miss' | 'shared' | 'bypassed';
export type GuardrailVerdict = 'too_long' | 'blocked_input' | 'blocked_output' | 'redacted' | 'labelled';
export type IngestStatus = 'created' | 'updated' | 'unchanged' | 'failed';

/** What is counted, by the names that dashboards and alerts rely on. Labels come from closed lists. */
export interface Metrics {
  request(labels: { function: string; route: string; status: number }, seconds: number): void;
  query(status: QueryStatus, seconds: number): void;
  /** Seconds from the request to the first word of its answer. */
  firstToken(seconds: number): void;
  stream(outcome: StreamOutcome): void;
  ingest(status: IngestStatus): void;
  tokens(direction: 'input' | 'output', model: string, count: number): void;
  leakage(kind: LeakageKind): void;
  /** Tenants beyond the first hundred are counted together, as `other`. */
  cost(tenantId: string, nanodollars: number): void;
  refusal(reason: AdmissionRefusal): void;
  cache(name: CacheName, result: CacheResult): void;
  guardrail(verdict: GuardrailVerdict): void;
  /** A further attempt at a model's answer: the same model again, or the next one. */
  modelRetry(kind: 'retry' | 'fallback'): void;
  /** Settlements that wait for the store to be back. */
  pendingSettlements(count: number): void;
  inFlight(delta: 1 | -1): void;
  /** A dependency is up while its breaker is closed. */
  breaker(dependency: Dependency, state: BreakerState): void;
  /** The text that Prometheus scrapes, and its media type. */
  expose(): Promise<{ text: string; contentType: string }>;
}

const maxTenantLabels = 100;
const breakerValues: Record<BreakerState, number> = { closed: 0, half_open: 1, open: 2 };

/** `revision` labels all of them: by it two revisions of a function are compared. */
export function createMetrics({ revision }: { revision?: string | undefined } = {}): Metrics {
  const registers = [new Registry()];
  const [registry] = registers as [Registry];
  if (revision !== undefined) registry.setDefaultLabels({ revision });

  /** A counter of outcomes: each begins at 0, so that a rate sees the first of them. */
  function countBy<Label extends string>(label: Label, values: readonly string[], name: string, help: string) {
    const counter = new Counter({ name, help, labelNames: [label], registers });
    for (const value of values) counter.labels(value).inc(0);
    return counter;
  }

  const requests = new Counter({
    name: 'genai_requests_total',
    help: 'Requests by function, route and class of status',
    labelNames: ['function', 'route', 'status'] as const,
    registers,
  });
  const requestSeconds = new Histogram({
    name: 'genai_request_duration_seconds',
    help: 'Time from a request to its response head',
    labelNames: ['function', 'route'] as const,
    buckets,
    registers,
  });
  const queries = countBy(
    'status',
    ['success', 'no_evidence', 'error', 'aborted'],
    'genai_queries_total',
    'Questions by outcome',
  );
  const querySeconds = new Histogram({
    name: 'genai_query_latency_seconds',
    help: 'Time from a question to the end of its answer',
    buckets,
    registers,
  });
  const firstTokenSeconds = new Histogram({
    name: 'genai_time_to_first_token_seconds',
    help: 'Time from a question to the first word of its answer',
    buckets,
    registers,
  });
  const streams = countBy(
    'outcome',
    ['finished', 'failed', 'aborted'],
    'genai_streams_total',
    'Streams by how they ended',
  );
  const documents = countBy(
    'status',
    ['created', 'updated', 'unchanged', 'failed'],
    'genai_documents_ingested_total',
    'Documents by what became of them',
  );
  const tokens = new Counter({
    name: 'genai_tokens_total',
    help: 'Model tokens',
    labelNames: ['direction', 'model'] as const,
    registers,
  });
  const leakage = countBy(
    'kind',
    leakageKinds,
    'genai_cross_tenant_leakage_attempts_total',
    'Attempts to reach another tenant, by where they were met',
  );
  const costs = new Counter({
    name: 'genai_cost_total_dollars',
    help: 'Dollars that requests came to, estimates of the platform’s own work included, by tenant',
    labelNames: ['tenant'] as const,
    registers,
  });
  const tenantLabel = createCappedLabel(maxTenantLabels);
  const refusals = countBy(
    'reason',
    ['requests', 'tokens', 'concurrency', 'budget', 'share', 'state'],
    'genai_admission_refusals_total',
    'Requests that were turned away before any work, by reason',
  );
  const caches = new Counter({
    name: 'genai_cache_requests_total',
    help: 'Look-ups of a cache by what they gave; shared: the answer was being made for another request',
    labelNames: ['cache', 'result'] as const,
    registers,
  });
  const guardrails = countBy(
    'verdict',
    ['too_long', 'blocked_input', 'blocked_output', 'redacted', 'labelled'],
    'genai_guardrail_verdicts_total',
    'What guardrails have refused or changed',
  );
  const modelRetries = countBy(
    'kind',
    ['retry', 'fallback'],
    'genai_model_retries_total',
    'Further attempts at an answer, by the same model or by the next one',
  );
  const pending = new Gauge({
    name: 'genai_pending_settlements',
    help: 'Settlements that wait for the state store to be back',
    registers,
  });
  const series = new Map<string, { count: Counter.Internal; time: Histogram.Internal<'function' | 'route'> }>();
  const breakerStates = new Gauge({
    name: 'genai_circuit_breaker_state',
    help: 'Circuit breaker by dependency: 0 closed, 1 half-open, 2 open',
    labelNames: ['dependency'] as const,
    registers,
  });
  const dependencyUp = new Gauge({
    name: 'genai_dependency_up',
    help: '1 while the dependency answers, 0 while its circuit breaker is open',
    labelNames: ['dependency'] as const,
    registers,
  });
  const inFlight = new Gauge({ name: 'genai_requests_in_flight', help: 'Requests being answered', registers });

  return {
    request({ function: name, route, status }, seconds) {
      // Looking a series up by its labels costs more than counting: each is looked up once.
      const statusClass = `${Math.floor(status / 100)}xx`;
      const key = `${name} ${route} ${statusClass}`;
      const known = series.get(key) ?? {
        count: requests.labels({ function: name, route, status: statusClass }),
        time: requestSeconds.labels({ function: name, route }),
      };
      series.set(key, known);
      known.count.inc();
      known.time.observe(seconds);
    },
    query(status, seconds) {
      queries.inc({ status });
      querySeconds.observe(seconds);
    },
    firstToken: (seconds) => firstTokenSeconds.observe(seconds),
    stream: (outcome) => streams.inc({ outcome }),
    ingest: (status) => documents.inc({ status }),
    tokens: (direction, model, count) => tokens.inc({ direction, model }, count),
    leakage: (kind) => leakage.inc({ kind }),
    cost: (tenantId, nanodollars) => costs.inc({ tenant: tenantLabel(tenantId) }, toDollars(nanodollars)),
    refusal: (reason) => refusals.inc({ reason }),
    cache: (cache, result) => caches.inc({ cache, result }),
    guardrail: (verdict) => guardrails.inc({ verdict }),
    modelRetry: (kind) => modelRetries.inc({ kind }),
    pendingSettlements: (count) => pending.set(count),
    inFlight: (delta) => inFlight.inc(delta),
    breaker(dependency, state) {
      breakerStates.set({ dependency }, breakerValues[state]);
      dependencyUp.set({ dependency }, state === 'closed' ? 1 : 0);
    },
    expose: async () => ({ text: await registry.metrics(), contentType: registry.contentType }),
  };
}
