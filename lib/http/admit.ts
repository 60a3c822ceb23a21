import type { Context, Input, MiddlewareHandler } from 'hono';
import type { Demand } from '#lib/admission/admission.ts';
import { withSpan } from '#lib/telemetry/tracing/span.ts';
import type { TenantEnvironment } from './environment.ts';
import type { HttpKit } from './kit.ts';
import { setHeader } from './set-header.ts';

/** Stands before what reads the body. Throws as `CheckRate` does. */
export const checkRate =
  (kit: Pick<HttpKit, 'checkRate'>): MiddlewareHandler<TenantEnvironment> =>
  async (c, next) => {
    await kit.checkRate(c.get('scope'), c.get('signal'));
    await next();
  };

/**
 * Lets the request in, and gives its place back and settles what it spent once its response has been made, however it
 * ended: the response does not wait for the store. Stands behind the validation. Throws as `Admit` does.
 */
export const admit =
  <I extends Input>(
    kit: Pick<HttpKit, 'admit' | 'now'>,
    functionName: string,
    toDemand: (c: Context<TenantEnvironment, string, I>) => Demand,
  ): MiddlewareHandler<TenantEnvironment, string, I> =>
  async (c, next) => {
    const ticket = { functionName, callId: c.get('callId'), demand: toDemand(c) };
    const asked = kit.now();
    const lease = await withSpan('admission', {}, () => kit.admit(c.get('scope'), ticket, c.get('signal')));
    const settle = () => withSpan('settlement', {}, () => lease.end());
    c.get('log')['admission_wait'] = (kit.now() - asked) / 1000;
    try {
      for (const [name, value] of Object.entries(lease.headers)) setHeader(c, name, value);
      await next();
    } finally {
      const done = c.get('done');
      if (done) c.set('done', done.finally(settle));
      else setImmediate(() => void settle());
    }
  };
