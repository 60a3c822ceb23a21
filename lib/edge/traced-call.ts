import { withSpan } from '#lib/telemetry/tracing/span.ts';
import { toTraceHeaders } from '#lib/telemetry/tracing/trace-context.ts';
import type { Upstream } from './upstream.ts';

/** Calls a function inside a span of its own, which the function's spans are children of. It ends with the response's head. */
export const createTracedCall =
  ({ call }: Pick<Upstream, 'call'>): Upstream['call'] =>
  (request, signal) => {
    const { method, functionName } = request;
    const attributes = { 'http.request.method': method, 'genai.function': functionName };
    return withSpan(method, { kind: 'client', attributes }, async (span) => {
      const own = Object.entries(toTraceHeaders()).map(([name, value]) => [name, [value]]);
      const response = await call({ ...request, headers: { ...request.headers, ...Object.fromEntries(own) } }, signal);
      span.set({ 'http.response.status_code': response.status });
      return response;
    });
  };
