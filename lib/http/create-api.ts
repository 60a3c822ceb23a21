import { Hono, type Context, type MiddlewareHandler } from 'hono';
import { routePath } from 'hono/route';
import { ApiError, toApiError, toProblem } from '#lib/core/api-error.ts';
import { requireActor, requireScope } from '#lib/tenancy/middleware.ts';
import type { ActorEnvironment, PublicEnvironment, TenantEnvironment } from './environment.ts';
import type { HttpKit } from './kit.ts';
import { clientAddress, requestIdFrom, traceIdFrom } from './request-origin.ts';

/** Gives each request its id and, when its response is sent in full, its one log event. */
function observe(kit: HttpKit, functionName: string): MiddlewareHandler<PublicEnvironment> {
  const { logger, metrics, now } = kit;

  function complete(c: Context<PublicEnvironment>, started: number): void {
    const { status } = c.res;
    const line = {
      event: `${functionName}_completed`,
      function: functionName,
      method: c.req.method,
      route: routePath(c, -1),
      status,
      duration: (now() - started) / 1000,
      request_id: c.var.requestId,
      trace_id: traceIdFrom(c.req.header('traceparent')),
      ip: c.var.ip,
      ...c.var.log,
    };
    if (status >= 500) logger.error(line);
    else logger.info(line);
  }

  return async (c, next) => {
    const started = now();
    const requestId = requestIdFrom(c.req.header('x-request-id'));
    c.set('requestId', requestId);
    c.set(
      'ip',
      clientAddress(c.req.header('x-forwarded-for'), c.env?.incoming?.socket.remoteAddress, kit.trustedProxyHops),
    );
    c.set('log', {});
    metrics.inFlight(1);
    await next();
    c.header('x-request-id', requestId);
    c.header('x-content-type-options', 'nosniff');
    if (kit.isDraining()) c.header('connection', 'close');
    metrics.request(
      { function: functionName, route: routePath(c, -1), status: c.res.status },
      (now() - started) / 1000,
    );
    const finish = () => {
      metrics.inFlight(-1);
      complete(c, started);
    };
    if (c.var.done) void c.var.done.then(finish);
    else finish();
  };
}

function sendProblem(c: Context, error: ApiError): Response {
  const requestId: string = c.get('requestId') ?? '';
  const problem = toProblem(error, requestId);
  const headers = {
    'content-type': 'application/problem+json',
    'cache-control': 'no-store',
    ...(error.retryAfter === undefined ? {} : { 'retry-after': String(error.retryAfter) }),
    ...error.headers,
  };
  return new Response(JSON.stringify(problem), { status: problem.status, headers });
}

function handleError(kit: HttpKit) {
  return (thrown: unknown, c: Context): Response => {
    const error = toApiError(thrown);
    const log = c.get('log');
    if (log)
      Object.assign(log, { error_code: error.code }, error.code === 'internal' ? { error: error.cause ?? error } : {});
    else kit.logger.error({ event: 'request_failed', error: thrown });
    return sendProblem(c, error);
  };
}

/** The app of a function: health, request id, log, metrics, errors. Its routes are public. */
export const createPublicApi = <Environment extends PublicEnvironment = PublicEnvironment>(
  kit: HttpKit,
  functionName: string,
) =>
  new Hono<Environment>()
    .onError(handleError(kit))
    .notFound((c) => sendProblem(c, new ApiError('not_found')))
    .get('/healthz', (c) => c.json({ status: 'ok' }))
    .get('/readyz', (c) => c.json({ status: kit.isDraining() ? 'draining' : 'ready' }, kit.isDraining() ? 503 : 200))
    .use(observe(kit, functionName));

/** An app whose routes under `/v1` know who acts: a tenant's user or a platform administrator. */
export const createActorApi = (kit: HttpKit, functionName: string) =>
  createPublicApi<ActorEnvironment>(kit, functionName).use('/v1/*', requireActor(kit));

/** An app whose routes under `/v1` exist inside a tenant only. */
export const createTenantApi = (kit: HttpKit, functionName: string) =>
  createPublicApi<TenantEnvironment>(kit, functionName).use('/v1/*', requireActor(kit), requireScope);
