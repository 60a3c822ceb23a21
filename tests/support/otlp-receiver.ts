import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import * as v from 'valibot';

const AnyValue = v.looseObject({
  stringValue: v.optional(v.string()),
  boolValue: v.optional(v.boolean()),
  intValue: v.optional(v.union([v.number(), v.string()])),
  doubleValue: v.optional(v.number()),
  arrayValue: v.optional(v.looseObject({ values: v.array(v.looseObject({ stringValue: v.string() })) })),
});
const KeyValues = v.array(v.object({ key: v.string(), value: AnyValue }));
const Resource = v.looseObject({ attributes: KeyValues });

const TracesBody = v.object({
  resourceSpans: v.array(
    v.looseObject({
      resource: Resource,
      scopeSpans: v.array(
        v.looseObject({
          spans: v.array(
            v.looseObject({
              traceId: v.pipe(v.string(), v.regex(/^[0-9a-f]{32}$/)),
              spanId: v.pipe(v.string(), v.regex(/^[0-9a-f]{16}$/)),
              parentSpanId: v.optional(v.string()),
              name: v.string(),
              kind: v.number(),
              attributes: KeyValues,
              events: v.optional(v.array(v.unknown()), []),
              status: v.looseObject({ code: v.number(), message: v.optional(v.string()) }),
            }),
          ),
        }),
      ),
    }),
  ),
});

const Point = v.looseObject({
  attributes: KeyValues,
  startTimeUnixNano: v.union([v.string(), v.number()]),
  timeUnixNano: v.union([v.string(), v.number()]),
  asDouble: v.optional(v.number()),
  asInt: v.optional(v.number()),
  count: v.optional(v.number()),
  sum: v.optional(v.number()),
  bucketCounts: v.optional(v.array(v.number())),
  explicitBounds: v.optional(v.array(v.number())),
});
const Points = v.looseObject({
  dataPoints: v.array(Point),
  aggregationTemporality: v.optional(v.number()),
  isMonotonic: v.optional(v.boolean()),
});

const MetricsBody = v.object({
  resourceMetrics: v.array(
    v.looseObject({
      resource: Resource,
      scopeMetrics: v.array(
        v.looseObject({
          metrics: v.array(
            v.looseObject({
              name: v.string(),
              sum: v.optional(Points),
              gauge: v.optional(Points),
              histogram: v.optional(Points),
            }),
          ),
        }),
      ),
    }),
  ),
});

export interface ReceivedSpan {
  service: string;
  traceId: string;
  spanId: string;
  parentSpanId: string | undefined;
  name: string;
  kind: number;
  status: number;
  attributes: Record<string, unknown>;
  events: unknown[];
  resource: Record<string, unknown>;
}

export type ReceivedMetric = v.InferOutput<
  typeof MetricsBody
>['resourceMetrics'][number]['scopeMetrics'][number]['metrics'][number] & { resource: Record<string, unknown> };

export interface OtlpReceiver {
  url: string;
  spans: ReceivedSpan[];
  metrics: ReceivedMetric[];
  /** All that arrived, as it came. */
  bodies: string[];
  /** What each further request is answered with: a status, or nothing at all. */
  answer(how: number | 'never'): void;
  close(): Promise<void>;
}

function toValue(value: v.InferOutput<typeof AnyValue>): unknown {
  if (value.arrayValue) return value.arrayValue.values.map(({ stringValue }) => stringValue);
  return value.stringValue ?? value.boolValue ?? value.doubleValue ?? Number(value.intValue);
}

const toRecord = (pairs: v.InferOutput<typeof KeyValues>): Record<string, unknown> =>
  Object.fromEntries(pairs.map(({ key, value }) => [key, toValue(value)]));

async function readText(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part);
  const bytes = Buffer.concat(parts);
  return (request.headers['content-encoding'] === 'gzip' ? gunzipSync(bytes) : bytes).toString();
}

const toSpans = (body: unknown): ReceivedSpan[] =>
  v.parse(TracesBody, body).resourceSpans.flatMap(({ resource, scopeSpans }) => {
    const attributes = toRecord(resource.attributes);
    return scopeSpans
      .flatMap(({ spans }) => spans)
      .map((span) => ({
        ...span,
        service: String(attributes['service.name']),
        parentSpanId: span.parentSpanId || undefined,
        status: span.status.code,
        attributes: toRecord(span.attributes),
        resource: attributes,
      }));
  });

const toMetrics = (body: unknown): ReceivedMetric[] =>
  v
    .parse(MetricsBody, body)
    .resourceMetrics.flatMap(({ resource, scopeMetrics }) =>
      scopeMetrics
        .flatMap(({ metrics }) => metrics)
        .map((metric) => ({ ...metric, resource: toRecord(resource.attributes) })),
    );

/** A receiver of OTLP over HTTP as JSON, which checks what arrives. */
export async function startOtlpReceiver(): Promise<OtlpReceiver> {
  const spans: ReceivedSpan[] = [];
  const metrics: ReceivedMetric[] = [];
  const bodies: string[] = [];
  let how: number | 'never' = 200;

  const server = createServer((request, response) => {
    void readText(request).then((text) => {
      if (how === 'never') return;
      if (how === 200) {
        bodies.push(text);
        if (request.url === '/v1/traces') spans.push(...toSpans(JSON.parse(text)));
        if (request.url === '/v1/metrics') metrics.push(...toMetrics(JSON.parse(text)));
      }
      response.writeHead(how, { 'content-type': 'application/json' }).end('{}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    spans,
    metrics,
    bodies,
    answer: (next) => void (how = next),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
