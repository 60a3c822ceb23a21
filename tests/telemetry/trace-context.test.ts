import { trace } from '@opentelemetry/api';
import { expect, test } from 'vitest';
import { contextOfCaller, toTraceHeaders, toTraceParent } from '#lib/telemetry/tracing/trace-context.ts';

const traceId = '0af7651916cd43dd8448eb211c80319c';
const spanId = 'b7ad6b7169203331';
const callerOf = (traceparent: string | undefined, tracestate?: string) =>
  trace.getSpanContext(contextOfCaller({ traceparent, tracestate }, false));

test('the caller’s trace is continued', () => {
  expect(callerOf(`00-${traceId}-${spanId}-01`, 'vendor=1')).toMatchObject({
    traceId,
    spanId,
    traceFlags: 1,
    isRemote: true,
  });
  expect(callerOf(`00-${traceId}-${spanId}-01`, 'vendor=1')?.traceState?.get('vendor')).toBe('1');
});

test.each([
  undefined,
  '',
  'nonsense',
  `01-${traceId}-${spanId}-01`,
  `00-${'0'.repeat(32)}-${spanId}-01`,
  `00-${traceId}-${'0'.repeat(16)}-01`,
  `00-${traceId.toUpperCase()}-${spanId}-01`,
  `00-${traceId}-${spanId}-01-more`,
])('a header that is none begins a new trace: %s', (traceparent) => {
  expect(callerOf(traceparent)).toBeUndefined();
});

test('a state that is longer than all must pass on is left out', () => {
  expect(callerOf(`00-${traceId}-${spanId}-01`, `vendor=${'x'.repeat(600)}`)?.traceState).toBeUndefined();
});

test('without a span under way nothing is sent', () => {
  expect([toTraceParent(), toTraceHeaders()]).toEqual([{}, {}]);
});
