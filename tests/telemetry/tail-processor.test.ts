import { context, SpanStatusCode, trace, type Context, type Span } from '@opentelemetry/api';
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { expect, test } from 'vitest';
import { createSampler } from '#lib/telemetry/otlp/sampler.ts';
import { createTailProcessor } from '#lib/telemetry/otlp/tail-processor.ts';

const root = context.active();

function createWorld({ ratio = 0, maxRequests = 10, maxSpans = 10 } = {}) {
  const exporter = new InMemorySpanExporter();
  const next = new SimpleSpanProcessor({ exporter });
  const spanProcessors = [createTailProcessor({ next, slowMilliseconds: 1_000, maxRequests, maxSpans })];
  const tracer = new TracerProvider({ sampler: createSampler(ratio), spanProcessors }).getTracer('test');
  const open = (name: string, parent?: Span, startTime?: number): Span => {
    const inside: Context = parent ? trace.setSpan(root, parent) : root;
    return tracer.startSpan(name, startTime === undefined ? {} : { startTime }, inside);
  };
  return { open, names: () => exporter.getFinishedSpans().map(({ name }) => name) };
}

test('nothing of a request is exported before it ends', () => {
  const { open, names } = createWorld({ ratio: 1 });
  const request = open('request');
  open('child', request).end();
  expect(names()).toEqual([]);
  request.end();
  expect(names()).toEqual(['child', 'request']);
});

test('all spans of a request that fails are exported, of one that succeeds none', () => {
  const { open, names } = createWorld();
  const [good, bad] = [open('good'), open('bad')];
  open('child of good', good).end();
  open('grandchild', open('child of bad', bad)).end();
  bad.setStatus({ code: SpanStatusCode.ERROR });
  good.end();
  bad.end();
  expect(names()).toEqual(['grandchild', 'bad']);
});

test('slow requests are exported', () => {
  const { open, names } = createWorld();
  const now = Date.now();
  const slow = open('slow', undefined, now);
  const quick = open('quick', undefined, now);
  slow.end(now + 1_000);
  quick.end(now + 999);
  expect(names()).toEqual(['slow']);
});

test('what ends after its request shares its fate', () => {
  const { open, names } = createWorld();
  const [good, bad] = [open('good'), open('bad')];
  const late = [open('late of good', good), open('late of bad', bad)];
  bad.setStatus({ code: SpanStatusCode.ERROR });
  for (const span of [good, bad, ...late]) span.end();
  expect(names()).toEqual(['bad', 'late of bad']);
});

test('of one request so many spans are held, the others dropped', () => {
  const { open, names } = createWorld({ maxSpans: 2 });
  const request = open('request');
  for (const name of ['1', '2', '3', '4']) open(name, request).end();
  request.setStatus({ code: SpanStatusCode.ERROR });
  request.end();
  expect(names()).toEqual(['1', '2', 'request']);
});

test('beyond so many requests at once the ratio alone decides, until others have ended', () => {
  const { open, names } = createWorld({ maxRequests: 1 });
  const fail = (span: Span) => {
    span.setStatus({ code: SpanStatusCode.ERROR });
    span.end();
  };
  const [held, beyond] = [open('held'), open('beyond')];
  const child = open('child of beyond', beyond);
  for (const span of [child, beyond, held]) fail(span);
  fail(open('later'));
  expect(names()).toEqual(['held', 'later']);
});
