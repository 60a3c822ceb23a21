import { ROOT_CONTEXT, SpanKind, SpanStatusCode, trace, TraceFlags, type Context, type Span } from '@opentelemetry/api';
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { expect, test } from 'vitest';
import { createPlannedIds } from '#lib/telemetry/otlp/planned-ids.ts';
import { createSampler } from '#lib/telemetry/otlp/sampler.ts';
import { createTailProcessor } from '#lib/telemetry/otlp/tail-processor.ts';
import { createEarlyTracer } from '#lib/telemetry/tracing/early-tracer.ts';

const remote = {
  traceId: '0af7651916cd43dd8448eb211c80319c',
  spanId: 'b7ad6b7169203331',
  traceFlags: 0,
  isRemote: true,
};

/** A tracer of the first moments, and the SDK that comes later and samples nothing by itself. */
function createWorld() {
  let passed = 100;
  const early = createEarlyTracer(() => (passed += 10));
  const exporter = new InMemorySpanExporter();
  const ids = createPlannedIds();
  const tracer = new TracerProvider({
    idGenerator: ids.generator,
    sampler: createSampler(0),
    spanProcessors: [createTailProcessor({ next: new SimpleSpanProcessor({ exporter }), slowMilliseconds: 60_000 })],
  }).getTracer('test');
  const open = (name: string, parent: Context | Span = ROOT_CONTEXT) =>
    early.startSpan(name, {}, 'spanContext' in parent ? trace.setSpan(ROOT_CONTEXT, parent) : parent);
  return {
    early,
    open,
    tracer,
    handOver: () => early.handOver((given, ...span) => ids.during(given, () => tracer.startSpan(...span))),
    told: () => exporter.getFinishedSpans(),
  };
}

const byName = (spans: ReturnType<ReturnType<typeof createWorld>['told']>) =>
  Object.fromEntries(spans.map((span) => [span.name, span]));

test('a request that has come and gone before the SDK is told of as it was, in its caller’s trace', () => {
  const { early, open, handOver, told } = createWorld();
  const request = early.startSpan(
    'POST',
    { kind: SpanKind.SERVER, attributes: { 'http.request.method': 'POST' } },
    trace.setSpanContext(ROOT_CONTEXT, remote),
  );
  const step = open('admission', request);
  step.setAttribute('genai.cache.hit', false).end();
  request.updateName('POST /v1/query').setStatus({ code: SpanStatusCode.ERROR }).end();
  const ids = [request, step].map((span) => span.spanContext());
  handOver();

  const { 'POST /v1/query': root, admission } = byName(told());
  expect([root, admission].map((span) => span?.spanContext())).toMatchObject(ids);
  expect(root?.spanContext()).toMatchObject({ traceId: remote.traceId, traceFlags: TraceFlags.SAMPLED });
  expect(root).toMatchObject({
    kind: SpanKind.SERVER,
    parentSpanContext: remote,
    status: { code: SpanStatusCode.ERROR },
    attributes: { 'http.request.method': 'POST', 'faas.coldstart': true },
  });
  expect(admission).toMatchObject({ attributes: { 'genai.cache.hit': false }, duration: [0, 10_000_000] });
  expect(admission?.parentSpanContext?.spanId).toBe(root?.spanContext().spanId);
  expect(root?.duration[1]).toBeCloseTo(30_000_000, -3);
});

test('a request that is under way goes on: its steps are in its trace, whoever began them', () => {
  const { open, tracer, handOver, told } = createWorld();
  const request = open('request');
  const step = open('step', request);
  handOver();
  expect(told()).toEqual([]);
  const inside = trace.setSpan(ROOT_CONTEXT, request);
  tracer.startSpan('later', {}, inside).end();
  step.end();
  request.setAttribute('http.response.status_code', 200);
  expect(request.isRecording()).toBe(true);
  request.end();
  expect(request.isRecording()).toBe(false);

  const { request: root, later, step: early } = byName(told());
  expect(root?.attributes).toEqual({ 'faas.coldstart': true, 'http.response.status_code': 200 });
  for (const span of [later, early]) {
    expect(span?.parentSpanContext?.spanId).toBe(request.spanContext().spanId);
    expect(span?.spanContext().traceId).toBe(request.spanContext().traceId);
  }
  tracer.startSpan('the next request', {}, ROOT_CONTEXT).end();
  expect(told(), 'what comes after is sampled as ever').toHaveLength(3);
});

test('of too many only the first are kept, and of none where nobody will ask', () => {
  const { early, open, handOver, told } = createWorld();
  const spans = Array.from({ length: 1_030 }, (_, index) => open(`request ${index}`));
  expect(spans.filter((span) => span.isRecording())).toHaveLength(1_024);
  for (const span of spans) span.end();
  early.abandon();
  handOver();
  expect(told()).toEqual([]);
  expect(open('another').isRecording()).toBe(false);
});
