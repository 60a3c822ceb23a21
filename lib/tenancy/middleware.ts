import type { Context } from 'hono';
import { createMiddleware } from 'hono/factory';
import { ApiError } from '#lib/core/api-error.ts';
import type { ActorEnvironment, TenantEnvironment } from '#lib/http/environment.ts';
import { setHeader } from '#lib/http/set-header.ts';
import type { HttpKit } from '#lib/http/kit.ts';

const tenantHeaders = ['x-tenant-id', 'x-tenant'];
const hostHeaders = ['host', 'x-forwarded-host', 'k-original-host'];
const tenantParameters = ['tenant_id', 'tenant'];

/** The tenant that the host names, where tenants have hosts of their own. */
function tenantOfHost(host: string, suffix: string | undefined): string | undefined {
  const name = host.split(':')[0]?.toLowerCase();
  return suffix !== undefined && name?.endsWith(suffix) ? name.slice(0, -suffix.length) : undefined;
}

/** The request's own host and those that proxies in front have replaced it for. */
const hostsOf = (c: Context): string[] =>
  hostHeaders.flatMap((name) => c.req.header(name)?.split(',') ?? []).map((host) => host.trim());

function tenantsInQuery(url: string): string[] {
  const start = url.indexOf('?');
  if (start === -1) return [];
  const parameters = new URLSearchParams(url.slice(start + 1));
  return tenantParameters.flatMap((name) => parameters.getAll(name));
}

/** Authenticates the request and refuses it where it names another tenant than its credential's. */
export const requireActor = (kit: HttpKit) =>
  createMiddleware<ActorEnvironment>(async (c, next) => {
    const origin = { requestId: c.get('requestId'), ip: c.get('ip'), traceId: c.get('traceId') };
    const actor = await kit.authenticate(c.req.header('authorization'), origin, c.get('signal'));
    c.set('actor', actor);
    Object.assign(c.get('log'), { tenant_id: actor.tenantId, user_id: actor.userId });
    for (const name of tenantHeaders) kit.checkMention(actor, 'header', c.req.header(name));
    for (const named of tenantsInQuery(c.req.url)) kit.checkMention(actor, 'query', named);
    for (const host of hostsOf(c)) kit.checkMention(actor, 'host', tenantOfHost(host, kit.tenantHostSuffix));
    setHeader(c, 'cache-control', 'private, no-store');
    await next();
  });

/** Lets a tenant's users through alone: a platform administrator has no data of its own. */
export const requireScope = createMiddleware<TenantEnvironment>(async (c, next) => {
  const actor = c.get('actor');
  if (actor.role === 'platform_admin') throw new ApiError('forbidden');
  c.set('scope', actor);
  await next();
});
