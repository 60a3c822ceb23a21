import { Registry, type RegistryContentType } from 'prom-client';
import type { BreakerState } from '#lib/core/circuit-breaker.ts';
import type { QueueReport } from '#lib/core/gate.ts';
import type { LeakageKind } from '#lib/tenancy/leakage.ts';
import { createAnswerMetrics } from './metrics/answer-metrics.ts';
import { createInstruments } from './metrics/instruments.ts';
import { createPlatformMetrics } from './metrics/platform-metrics.ts';
import { createProcessMetrics } from './metrics/process-metrics.ts';
import { createRequestMetrics } from './metrics/request-metrics.ts';
import type { CountedMetric } from './counted-metric.ts';
import { openMetricsType, toOpenMetrics } from './to-open-metrics.ts';

export type StreamOutcome = 'finished' | 'failed' | 'aborted';
/** `mesh`: Knative has ended it. */
export type TruncationCause = 'failure' | 'time_limit' | 'mesh';
export type QueryStatus = 'success' | 'no_evidence' | 'error' | 'aborted';
/** What the platform depends on, by the names that metrics and alerts use. */
export type Dependency = 'search' | 'state' | `model:${string}`;
/** Why a request was turned away before any work. */
export type AdmissionRefusal = 'requests' | 'tokens' | 'concurrency' | 'budget' | 'share' | 'state';
export type CacheName = 'exact' | 'semantic';
export type CacheResult = 'hit' | 'miss' | 'shared' | 'bypassed';
export type GuardrailVerdict = 'too_long' | 'blocked_input' | 'blocked_output' | 'redacted' | 'labelled';
export type IngestStatus = 'created' | 'updated' | 'unchanged' | 'failed';
/** Where requests, or parts of their work, wait for a place. */
export type QueueName = 'admission' | 'edge' | 'embedder' | 'search' | 'usage';
/** What is backed up by a job of its own. */
export type BackupKind = Extract<Dependency, 'search' | 'state'>;
/** A file of certificates that the process was given: of the authority of every connection, or of the search engine's. */
export type CertificateName = 'authority' | 'search';

/** What is counted, by the names that dashboards and alerts rely on. Labels come from closed lists. */
export interface Metrics {
  request(labels: { function: string; route: string; status: number }, seconds: number): void;
  /** The routes that a function has: their requests are counted from 0 on. */
  routes(functionName: string, routes: Iterable<string>): void;
  query(status: QueryStatus, seconds: number): void;
  /** Seconds from the request to the first word of its answer. */
  firstToken(seconds: number): void;
  stream(outcome: StreamOutcome): void;
  /** A stream that was cut off after its first word, by other than its client. */
  truncation(cause: TruncationCause): void;
  ingest(status: IngestStatus): void;
  /** The models that may be called: their tokens are counted from 0 on. */
  models(ids: Iterable<string>): void;
  /** Models beyond the first hundred are counted together, as `other`. */
  tokens(direction: 'input' | 'output', model: string, count: number): void;
  leakage(kind: LeakageKind): void;
  /** Begins with the first cost of a tenant. Tenants beyond the first hundred are counted together, as `other`. */
  cost(tenantId: string, nanodollars: number): void;
  refusal(reason: AdmissionRefusal): void;
  /** Counts those that wait in a queue, and those that it turns away. */
  queue(name: QueueName): QueueReport;
  cache(name: CacheName, result: CacheResult): void;
  guardrail(verdict: GuardrailVerdict): void;
  /** A further attempt at a model's answer: the same model again, or the next one. */
  modelRetry(kind: 'retry' | 'fallback'): void;
  /** Settlements that wait for the store to be back. */
  pendingSettlements(count: number): void;
  /** An attempt to write a settlement has failed. */
  ledgerFailure(): void;
  /** Audit events that are not stored yet. */
  pendingAuditEvents(count: number): void;
  /** Audit events that will never be stored. */
  lostAuditEvents(count: number): void;
  /** An API key was used that ends soon. */
  expiringKey(): void;
  /** An attempt to store audit events has failed. */
  auditAppendFailure(): void;
  inFlight(delta: 1 | -1): void;
  /** A dependency is up while its breaker is closed. */
  breaker(dependency: Dependency, state: BreakerState): void;
  /** From 0 to 1; 0 where the store has no limit, or does not tell. */
  stateMemory(ratio: number): void;
  /** Seconds since 1970; 0 where no backup is known of. */
  lastBackup(kind: BackupKind, seconds: number): void;
  /** Seconds since 1970. */
  certificateExpiry(name: CertificateName, seconds: number): void;
  /** Has `refresh` called before each exposition. It may not take long, and what it starts is not waited for. */
  beforeExpose(refresh: () => void): void;
  /** The text that Prometheus scrapes, and its media type: OpenMetrics, which has exemplars, to those who accept it. */
  expose(accept?: string): Promise<{ text: string; contentType: string }>;
  /** All that was counted. */
  read(): Promise<readonly CountedMetric[]>;
}

/** `revision` labels all of them: by it two revisions of a function are compared. */
export function createMetrics({ revision }: { revision?: string | undefined } = {}): Metrics {
  // Only a registry of OpenMetrics may have exemplars; its own text is Prometheus's.
  const registry = new Registry<RegistryContentType>();
  registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
  if (revision !== undefined) registry.setDefaultLabels({ revision });
  const instruments = createInstruments(registry);
  const refreshes = [createProcessMetrics(instruments)];
  const parts = {
    ...createRequestMetrics(instruments),
    ...createAnswerMetrics(instruments),
    ...createPlatformMetrics(instruments),
  };
  registry.setContentType(Registry.PROMETHEUS_CONTENT_TYPE);

  async function read(): Promise<readonly CountedMetric[]> {
    for (const refresh of refreshes) refresh();
    const metrics = await registry.getMetricsAsJSON();
    // Declared as a number, and a word in truth.
    return metrics.map((metric) => ({ ...metric, type: String(metric.type) }));
  }

  return {
    ...parts,
    beforeExpose: (refresh) => void refreshes.push(refresh),
    read,
    async expose(accept) {
      if (accept?.includes('application/openmetrics-text'))
        return { text: toOpenMetrics(await read()), contentType: openMetricsType };
      for (const refresh of refreshes) refresh();
      return { text: await registry.metrics(), contentType: registry.contentType };
    },
  };
}
