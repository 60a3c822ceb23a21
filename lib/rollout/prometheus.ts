import * as v from 'valibot';
import type { CallHttp } from './call-http.ts';
import type { KubeApi } from './kube-api.ts';

export interface Sample {
  labels: Readonly<Record<string, string>>;
  value: number;
}

/** An instant query at a time in milliseconds. */
export type QueryPrometheus = (query: string, at: number, signal: AbortSignal) => Promise<Sample[]>;

const timeout = 10_000;

/** https://prometheus.io/docs/prometheus/latest/querying/api/#instant-queries */
const Answer = v.object({
  status: v.literal('success'),
  data: v.object({
    resultType: v.literal('vector'),
    result: v.pipe(
      v.array(
        v.object({
          metric: v.record(v.string(), v.string()),
          value: v.tuple([v.number(), v.pipe(v.string(), v.transform(Number))]),
        }),
      ),
      v.maxLength(10_000),
    ),
  }),
});

const toParameters = (query: string, at: number) => ({ query, time: (at / 1000).toFixed(3), timeout: '9s' });
const toSamples = (answer: unknown): Sample[] =>
  v.parse(Answer, answer).data.result.map(({ metric, value: [, value] }) => ({ labels: metric, value }));

export const createPrometheus =
  (url: string, call: CallHttp): QueryPrometheus =>
  async (query, at, signal) => {
    const address = `${url.replace(/\/$/, '')}/api/v1/query?${new URLSearchParams(toParameters(query, at)).toString()}`;
    const headers = { accept: 'application/json' };
    const answer = await call({ url: address, method: 'GET', headers, body: undefined, options: {}, timeout }, signal);
    if (answer.status !== 200) throw new Error(`Prometheus answered ${answer.status}: ${answer.text.slice(0, 300)}`);
    return toSamples(JSON.parse(answer.text));
  };

/** Through the API server, for whoever has no other way into the cluster. */
export const createProxiedPrometheus =
  (api: KubeApi, namespace: string): QueryPrometheus =>
  async (query, at, signal) => {
    const path = `/api/v1/namespaces/${namespace}/services/http:prometheus:9090/proxy/api/v1/query`;
    return toSamples(await api.send({ method: 'GET', path, query: toParameters(query, at), tries: 1 }, signal));
  };
