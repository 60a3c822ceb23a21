import { Hono, type Context, type MiddlewareHandler } from 'hono';
import { routePath } from 'hono/route';
import type { StatusCode } from 'hono/utils/http-status';
import { ApiError, toApiError, toProblem, type Problem } from '#lib/core/api-error.ts';
import type { OpenSpan } from '#lib/telemetry/tracing/span.ts';
import { requireActor, requireScope } from '#lib/tenancy/middleware.ts';
import { auditRefusals } from './audit-refusals.ts';
import type { ActorEnvironment, PublicEnvironment, TenantEnvironment } from './environment.ts';
import type { HttpKit, PublicHttpKit } from './kit.ts';
import { setHeader } from './set-header.ts';
import { clientAddress, isFromProxy, requestIdFrom, traceIdFrom } from './request-origin.ts';
import { endServerSpan, openServerSpan } from './server-span.ts';
import { toErrorLog } from './to-error-log.ts';

/**
 * The request's own signal costs the conversion of the whole request, most of what a small one takes;
 * behind a real server the response's end tells the same.
 */
function signalOf({ env, req }: Context<PublicEnvironment>): AbortSignal {
  const outgoing = env?.outgoing;
  if (!outgoing) return req.raw.signal;
  const left = new AbortController();
  outgoing.once('close', () => {
    if (!outgoing.writableFinished) left.abort(new DOMException('The client left', 'AbortError'));
  });
  return left.signal;
}

/** Streams tell themselves how they have ended. */
const outcomeOf = (status: number): string => (status < 400 ? 'finished' : status < 500 ? 'refused' : 'failed');

/** Gives each request its id and, when its response is sent in full, its one log event. */
function observe(kit: PublicHttpKit, functionName: string): MiddlewareHandler<PublicEnvironment> {
  const { logger, metrics, now } = kit;

  function complete(c: Context<PublicEnvironment>, span: OpenSpan, route: string, started: number): void {
    const { status } = c.res;
    endServerSpan(span, c, { functionName, route, status });
    metrics.inFlight(-1);
    const line = {
      event: `${functionName}_completed`,
      function: functionName,
      method: c.req.method,
      route,
      status,
      duration: (now() - started) / 1000,
      outcome: outcomeOf(status),
      request_id: c.get('requestId'),
      trace_id: c.get('traceId'),
      ip: c.get('ip'),
      ...c.get('log'),
    };
    if (line.outcome === 'failed') logger.error(line);
    else logger.info(line);
  }

  return async (c, next) => {
    const started = now();
    const requestId = requestIdFrom(c.req.header('x-request-id'));
    const socketAddress = c.env?.incoming?.socket.remoteAddress;
    c.set('requestId', requestId);
    c.set('ip', clientAddress(c.req.header('x-forwarded-for'), socketAddress, kit.isTrustedProxy));
    const mayForceTrace = !kit.isPublicEntry && isFromProxy(socketAddress, kit.isTrustedProxy);
    const span = openServerSpan(c, mayForceTrace);
    c.set('traceId', span.traceId ?? traceIdFrom(c.req.header('traceparent')));
    const client = signalOf(c);
    c.set('client', client);
    c.set('signal', client);
    c.set('log', {});
    setHeader(c, 'x-request-id', requestId);
    setHeader(c, 'x-content-type-options', 'nosniff');
    if (kit.isDraining()) setHeader(c, 'connection', 'close');
    metrics.inFlight(1);
    await span.run(next);
    const route = routePath(c, -1);
    metrics.request({ function: functionName, route, status: c.res.status }, (now() - started) / 1000);
    const done = c.get('done');
    if (done) void done.then(() => complete(c, span, route, started));
    else complete(c, span, route, started);
  };
}

/** How an app tells of a failure. */
export interface ErrorFormat {
  mediaType: string;
  toBody: (problem: Problem) => object;
}

const problemDetails: ErrorFormat = { mediaType: 'application/problem+json', toBody: (problem) => problem };

function sendError(c: Context, error: ApiError, { mediaType, toBody }: ErrorFormat): Response {
  const requestId: string = c.get('requestId') ?? '';
  const problem = toProblem(error, requestId);
  const headers = {
    'content-type': mediaType,
    'cache-control': 'no-store',
    ...(error.retryAfter === undefined ? {} : { 'retry-after': String(error.retryAfter) }),
    ...error.headers,
  };
  return c.body(JSON.stringify(toBody(problem)), problem.status, headers);
}

/** nginx's status for a client that left; nobody receives it. */
const clientClosedRequest = 499 as StatusCode;

function handleError(kit: PublicHttpKit, format: ErrorFormat) {
  return (thrown: unknown, c: Context): Response => {
    const log = c.get('log');
    if (c.get('signal')?.aborted) {
      Object.assign(log, { outcome: 'aborted' });
      return c.body(null, clientClosedRequest);
    }
    const error = toApiError(thrown);
    if (log) Object.assign(log, toErrorLog(error));
    else kit.logger.error({ event: 'request_failed', error: thrown });
    return sendError(c, error, format);
  };
}

const probes = new Set(['/healthz', '/readyz']);
const observedRoutes = ({ routes }: { routes: readonly { path: string }[] }): Set<string> =>
  new Set(routes.map(({ path }) => path).filter((path) => !probes.has(path)));

/** The app of a function: health, request id, log, metrics, errors. Its routes are public. */
export const createPublicApi = <Environment extends PublicEnvironment = PublicEnvironment>(
  kit: PublicHttpKit,
  functionName: string,
  format: ErrorFormat = problemDetails,
) => {
  const app = new Hono<Environment>()
    .onError(handleError(kit, format))
    .notFound((c) => sendError(c, new ApiError('not_found'), format))
    .get('/healthz', (c) => c.json({ status: 'ok' }))
    .get('/readyz', (c) => c.json({ status: kit.isDraining() ? 'draining' : 'ready' }, kit.isDraining() ? 503 : 200))
    .use(observe(kit, functionName));
  // Whoever asked for the app adds its routes after this.
  kit.metrics.beforeExpose(() => kit.metrics.routes(functionName, observedRoutes(app)));
  return app;
};

/** An app whose routes under `/v1` know who acts: a tenant's user or a platform administrator. */
export const createActorApi = (kit: HttpKit, functionName: string) =>
  createPublicApi<ActorEnvironment>(kit, functionName).use('/v1/*', auditRefusals(kit), requireActor(kit));

/** An app whose routes under `/v1` exist inside a tenant only. */
export const createTenantApi = (kit: HttpKit, functionName: string, format?: ErrorFormat) =>
  createPublicApi<TenantEnvironment>(kit, functionName, format).use(
    '/v1/*',
    auditRefusals(kit),
    requireActor(kit),
    requireScope,
  );
