import type { Context } from 'hono';
import { abortedType } from '#lib/telemetry/tracing/error-type.ts';
import { openRootSpan, type OpenSpan } from '#lib/telemetry/tracing/span.ts';
import { contextOfCaller } from '#lib/telemetry/tracing/trace-context.ts';
import type { PublicEnvironment } from './environment.ts';

/**
 * The request in its caller's trace, or in a new one. Its query string may hold anything, and is left out, as is what a caller
 * that is not trusted has written about the trace.
 */
export function openServerSpan(c: Context<PublicEnvironment>, isTrusted: boolean): OpenSpan {
  const headers = {
    traceparent: c.req.header('traceparent'),
    tracestate: isTrusted ? c.req.header('tracestate') : undefined,
  };
  const attributes = { 'http.request.method': c.req.method };
  return openRootSpan(c.req.method, { kind: 'server', attributes }, contextOfCaller(headers, isTrusted));
}

interface Completion {
  functionName: string;
  route: string;
  status: number;
}

const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

/** A stream that has ended with an error, or without its end. */
const isBroken = (outcome: unknown): boolean => outcome === 'failed' || outcome === 'cut';

/** Ends it as the request has ended: the log's words for it are the trace's. */
export function endServerSpan(
  span: OpenSpan,
  c: Context<PublicEnvironment>,
  { functionName, route, status }: Completion,
): void {
  if (!span.isRecording) return;
  const log = c.get('log');
  const tenantId = textOf(log['tenant_id']);
  span.name(`${c.req.method} ${route}`);
  span.set({
    'http.route': route,
    'http.response.status_code': status,
    'genai.function': functionName,
    'genai.request_id': c.get('requestId'),
    ...(tenantId === undefined ? {} : { 'genai.tenant_id': tenantId }),
  });
  if (log['outcome'] === 'aborted') span.fail(abortedType);
  else if (status >= 500 || isBroken(log['outcome'])) span.fail(textOf(log['error_code']) ?? String(status));
  span.end();
}
