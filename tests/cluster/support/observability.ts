import { randomBytes } from 'node:crypto';
import * as v from 'valibot';
import { kubectl, namespace } from './kubectl.ts';

/** What a Service of the namespace answers to a GET, by way of the API server. */
async function readService(service: string, path: string): Promise<unknown> {
  return JSON.parse(
    await kubectl('get', '--raw', `/api/v1/namespaces/${namespace}/services/http:${service}/proxy${path}`),
  );
}

const Samples = v.object({
  data: v.object({
    result: v.array(v.object({ metric: v.record(v.string(), v.string()), value: v.tuple([v.number(), v.string()]) })),
  }),
});

/** The values that a query has now, by their labels. */
export async function queryPrometheus(
  query: string,
): Promise<{ labels: Readonly<Record<string, string>>; value: number }[]> {
  const found = await readService('prometheus:9090', `/api/v1/query?query=${encodeURIComponent(query)}`);
  return v
    .parse(Samples, found)
    .data.result.map(({ metric, value: [, value] }) => ({ labels: metric, value: Number(value) }));
}

const Managers = v.object({ data: v.object({ activeAlertmanagers: v.array(v.object({ url: v.string() })) }) });

/** Where Prometheus sends its alerts. */
export async function listAlertmanagers(): Promise<string[]> {
  const found = v.parse(Managers, await readService('prometheus:9090', '/api/v1/alertmanagers'));
  return found.data.activeAlertmanagers.map(({ url }) => url);
}

const Alerts = v.array(v.object({ labels: v.record(v.string(), v.string()), status: v.object({ state: v.string() }) }));

/** The names of the alerts that Alertmanager holds. */
export async function listAlerts(): Promise<string[]> {
  const found = v.parse(Alerts, await readService('alertmanager:9093', '/api/v2/alerts'));
  return found.map(({ labels }) => labels['alertname'] ?? '');
}

const Trace = v.object({
  data: v.array(
    v.object({
      spans: v.array(
        v.object({
          spanID: v.string(),
          operationName: v.string(),
          processID: v.string(),
          tags: v.array(v.object({ key: v.string(), value: v.unknown() })),
          references: v.optional(v.array(v.object({ spanID: v.string() })), []),
        }),
      ),
      processes: v.record(v.string(), v.object({ serviceName: v.string() })),
    }),
  ),
});

export interface TracedSpan {
  id: string;
  parent: string | undefined;
  name: string;
  service: string;
  tags: Readonly<Record<string, unknown>>;
}

/** The id of a trace that is in every sample: the ratio goes by the difference of its halves. */
export const createSampledTraceId = (): string => randomBytes(8).toString('hex').repeat(2);

/** What Jaeger has of a trace; nothing of one that it does not know. */
export async function readTrace(traceId: string): Promise<TracedSpan[]> {
  const found = await readService('jaeger:16686', `/api/traces/${traceId}`).catch(() => ({ data: [] }));
  return v.parse(Trace, found).data.flatMap(({ spans, processes }) =>
    spans.map(({ spanID, operationName, processID, references, tags }) => ({
      id: spanID,
      parent: references[0]?.spanID,
      name: operationName,
      service: processes[processID]?.serviceName ?? '',
      tags: Object.fromEntries(tags.map(({ key, value }) => [key, value])),
    })),
  );
}

/** All series that Prometheus has of late, with their labels. */
export const dumpSeries = async (match: string): Promise<string> =>
  JSON.stringify(await readService('prometheus:9090', `/api/v1/series?match[]=${encodeURIComponent(match)}`));

/** All traces that Jaeger has of a service. */
export const dumpTraces = async (service: string): Promise<string> =>
  JSON.stringify(await readService('jaeger:16686', `/api/traces?service=${service}&limit=1000`));
