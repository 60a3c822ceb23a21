import type { Context, Input, MiddlewareHandler } from 'hono';
import { invalidRequest } from '#lib/core/api-error.ts';
import { canonicalJson } from '#lib/core/digest.ts';
import { createTimeLimit, longestRequest } from '#lib/core/time-limit.ts';
import type { Attempt, KeptAnswer } from '#lib/idempotency/idempotency.ts';
import type { ActorEnvironment } from './environment.ts';
import type { HttpKit } from './kit.ts';
import { acceptsEventStream } from './accepts.ts';
import { createStreamRecorder } from './stream-recorder.ts';

interface IdempotentOptions {
  /** The route erases what the tenant has stored; its own answer stays. */
  outlivesErasure?: boolean;
}

type Handler<I extends Input> = MiddlewareHandler<ActorEnvironment, string, I>;
/** A body that `json` has checked, where the route has one. */
type MaybeJson = { out: { json: unknown } };

const keyPattern = /^[\x20-\x7e]{1,255}$/;
/** After these the same request may do better. An internal error is none of them: what it has done is not known. */
const passingStatuses = new Set([401, 402, 408, 409, 413, 429, 499, 502, 503, 504, 507]);
const keptHeader = /^(?:content-type|cache-control|location|x-accel-buffering|x-genai-.+|x-vercel-.+)$/;

function readKey(header: string | undefined): string | undefined {
  if (header === undefined || keyPattern.test(header)) return header;
  throw invalidRequest('Idempotency-Key', 'must be 1 to 255 printable ASCII characters');
}

/** Those of the response and those that wait at the server's own one. */
function keptHeadersOf({ env, res }: Context<ActorEnvironment>): Record<string, string> {
  const waiting = Object.entries(env?.outgoing?.getHeaders() ?? {}).map(([name, value]) => [name, String(value)]);
  return Object.fromEntries([...waiting, ...res.headers].filter(([name = '']) => keptHeader.test(name)));
}

async function finish(c: Context<ActorEnvironment>, attempt: Attempt): Promise<void> {
  const { status } = c.res;
  if (passingStatuses.has(status)) await attempt.free();
  else await attempt.keep({ status, headers: keptHeadersOf(c), body: await c.res.clone().text() });
}

function replay(c: Context<ActorEnvironment>, { status, headers, body }: KeptAnswer): Response {
  c.get('log')['outcome'] = 'replayed';
  const head = new Response(null, { status, headers: { ...headers, 'idempotency-replayed': 'true' } });
  return c.newResponse(body === '' ? null : body, head);
}

/** As `idempotent`, for a body that `json` has not checked: `toContent` gives what it says. */
export const idempotentBy =
  <I extends Input>(
    kit: Pick<HttpKit, 'idempotency'>,
    toContent: (c: Context<ActorEnvironment, string, I>) => unknown,
    { outlivesErasure = false }: IdempotentOptions = {},
  ): Handler<I> =>
  async (c, next) => {
    const key = readKey(c.req.header('idempotency-key'));
    if (key === undefined) return next();
    const isStream = acceptsEventStream(c.req.header('accept'));
    const target = `${c.req.method} ${c.req.path}`;
    const content = canonicalJson([isStream, toContent(c)]);
    const request = { key, target, content, outlivesErasure };
    const begun = await kit.idempotency(c.get('actor'), request, c.get('signal'));
    if ('answer' in begun) return replay(c, begun.answer);

    const { attempt } = begun;
    c.set('callId', attempt.callId);
    // It is carried to its end without its client, which has the answer by asking again: what was begun is paid for once.
    const limit = createTimeLimit(longestRequest);
    c.set('signal', limit.signal);
    c.set('recorder', createStreamRecorder(attempt));
    try {
      await next();
      const done = c.get('done');
      // A stream that has not kept itself has failed, or was not read to its end.
      const ended = done ? done.finally(() => attempt.free()) : finish(c, attempt);
      if (done) c.set('done', ended.finally(limit.clear));
      else await ended.finally(limit.clear);
    } catch (error) {
      limit.clear();
      await attempt.free();
      throw error;
    }
  };

/**
 * Carries a request with an `Idempotency-Key` out once, to its end: sent again by the same user it has the same answer for
 * a day.
 * Stands behind the validation and before all that costs something. Throws as `Idempotency` does, and `invalid_request`.
 */
export const idempotent = (kit: Pick<HttpKit, 'idempotency'>, options?: IdempotentOptions): Handler<MaybeJson> =>
  idempotentBy<MaybeJson>(kit, (c) => c.req.valid('json'), options);
