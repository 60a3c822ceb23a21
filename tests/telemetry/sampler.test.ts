import { context, SpanKind, trace, TraceFlags } from '@opentelemetry/api';
import { SamplingDecision } from '@opentelemetry/sdk-trace';
import { expect, test } from 'vitest';
import { createSampler } from '#lib/telemetry/otlp/sampler.ts';
import { contextOfCaller } from '#lib/telemetry/tracing/trace-context.ts';

const { RECORD, RECORD_AND_SAMPLED } = SamplingDecision;
const traceIds = Array.from({ length: 2_000 }, (_, index) =>
  [index * 2_654_435_761, index * 40_503, index * 97, index + 1]
    .map((part) => (part >>> 0).toString(16).padStart(8, '0'))
    .join(''),
);

const decide = (ratio: number, traceId: string, flags?: string, isTrusted = false): SamplingDecision => {
  const traceparent = flags === undefined ? undefined : `00-${traceId}-b7ad6b7169203331-${flags}`;
  const parent = contextOfCaller({ traceparent, tracestate: undefined }, isTrusted);
  return createSampler(ratio).shouldSample(parent, traceId, 'name', SpanKind.SERVER, {}, []).decision;
};

test('about as many as the ratio says are sampled, all others recorded', () => {
  const decisions = traceIds.map((traceId) => decide(0.1, traceId));
  const sampled = decisions.filter((decision) => decision === RECORD_AND_SAMPLED).length;
  expect(sampled).toBeGreaterThan(100);
  expect(sampled).toBeLessThan(300);
  expect(decisions.every((decision) => decision === RECORD || decision === RECORD_AND_SAMPLED)).toBe(true);
});

test('every process decides alike about a trace, whatever its caller has said', () => {
  for (const traceId of traceIds.slice(0, 200)) {
    const alone = decide(0.3, traceId);
    expect([decide(0.3, traceId, '00'), decide(0.3, traceId, '01'), decide(0.3, traceId, '00', true)]).toEqual([
      alone,
      alone,
      alone,
    ]);
  }
});

test('a trusted caller adds a trace, another one does not', () => {
  const [traceId = ''] = traceIds;
  expect(decide(0, traceId, '01', true)).toBe(RECORD_AND_SAMPLED);
  expect(decide(0, traceId, '01', false)).toBe(RECORD);
});

test('a step follows the span that it is a part of', () => {
  const [traceId = ''] = traceIds;
  const inside = (traceFlags: TraceFlags) =>
    trace.setSpanContext(context.active(), { traceId, spanId: 'b7ad6b7169203331', traceFlags });
  const decideInside = (ratio: number, flags: TraceFlags) =>
    createSampler(ratio).shouldSample(inside(flags), traceId, 'name', SpanKind.INTERNAL, {}, []).decision;
  expect(decideInside(0, TraceFlags.SAMPLED)).toBe(RECORD_AND_SAMPLED);
  expect(decideInside(1, TraceFlags.NONE)).toBe(RECORD);
});
