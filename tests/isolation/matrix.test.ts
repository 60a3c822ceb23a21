import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import type { RouteContract } from '#lib/http/contract.ts';
import { isPermitted, RoleSchema, type Role } from '#lib/tenancy/role.ts';
import { createTestPlatform, createToken, type TestPlatform } from '#tests/support/platform.ts';
import { allRoutes, nameOf } from '#tests/support/routes.ts';

/**
 * Every route of every function against every role and against a foreign tenant. A route is found
 * here by its contract; one without a body to call it with below fails.
 */

const bodies: Record<string, unknown> = {
  'POST /v1/documents': { documents: [{ id: 'matrix', text: 'of the matrix' }] },
  'PUT /v1/documents/:id': { text: 'of the matrix' },
  'POST /v1/audit/verify': {},
  'POST /v1/chat/completions': { messages: [{ role: 'user', content: 'canary?' }], knowledge: true },
  'POST /v1/embeddings': { input: 'canary' },
  'POST /v1/query': { question: 'canary?' },
  'POST /v1/search': { query: 'canary' },
  'POST /v1/tenants': { id: 'created', name: 'Created' },
  'PATCH /v1/tenants/:t': { name: 'Renamed' },
  'PUT /v1/tenants/:t/provider-keys/:provider': { api_key: 'sk-1234567890' },
  'POST /v1/tenants/:t/keys': { name: 'key', role: 'reader' },
};

const protectedRoutes = allRoutes.filter(({ access }) => access !== 'public');
const accessOf = ({ access }: RouteContract) => {
  if (access === 'public') throw new Error('The route is public');
  return access;
};

const canary = 'canary-of-beta-7f3a';

async function createWorld() {
  const platform = await createTestPlatform({ TENANT_AUTO_CREATE: 'false' });
  await platform.addTenant('acme');
  await platform.addTenant('beta');
  const beta = await createToken({ tenant_id: 'beta', role: 'tenant_admin' });
  const documents = [{ id: 'foreign', title: canary, text: `The ${canary} of beta` }];
  await platform.call('POST /v1/documents', { token: beta, json: { documents } });
  const created = await platform.call('POST /v1/tenants/beta/keys', {
    token: beta,
    json: { name: 'beta key', role: 'member' },
  });
  const { id: keyId } = v.parse(v.object({ id: v.string() }), await created.json());
  return { ...platform, keyId };
}
type World = Awaited<ReturnType<typeof createWorld>>;

interface Names {
  t?: string;
  id?: string;
}

function call(
  world: TestPlatform,
  route: RouteContract,
  token: string | undefined,
  names: Names = {},
  headers: Record<string, string> = {},
) {
  const path = route.path
    .replace(':t', names.t ?? 'acme')
    .replace(':provider', 'openai')
    .replace(':id', names.id ?? (route.path.includes('/keys/') ? 'no-such-key-' : 'foreign'));
  const json = bodies[nameOf(route)];
  return world.call(`${route.method.toUpperCase()} ${path}`, {
    token,
    headers,
    ...(json === undefined ? {} : { json }),
  });
}

/** A problem's, or that of an error in OpenAI's shape. */
const codeIn = (body: unknown): string => {
  const Code = v.object({ code: v.string() });
  const parsed = v.parse(v.union([Code, v.object({ error: Code })]), body);
  return 'error' in parsed ? parsed.error.code : parsed.code;
};

const withoutIds = (text: string): string => text.replace(/"request_id":"[^"]+"/, '"request_id":""');

test('every route of every app has a contract, and every contract a route', async () => {
  const { routes } = await createTestPlatform();
  const served = routes
    .filter(({ method, path }) => method !== 'ALL' && path !== '/healthz' && path !== '/readyz')
    .map(({ method, path }) => `${method} ${path}`);
  expect([...new Set(served)].toSorted()).toEqual(allRoutes.map(nameOf).toSorted());
});

test('every route that takes a body has one here', () => {
  const missing = allRoutes.filter((route) => route.json && bodies[nameOf(route)] === undefined).map(nameOf);
  expect(missing).toEqual([]);
});

describe.each(protectedRoutes.map((route) => ({ name: nameOf(route), route })))('$name', ({ route }) => {
  const { permission, within } = accessOf(route);

  test('refuses whoever has no credential, with the same bytes whatever is asked for', async () => {
    const world = await createWorld();
    const known = await call(world, route, undefined, { t: 'beta', id: 'foreign' });
    const unknown = await call(world, route, 'not-a-token', { t: 'nobody', id: 'nothing' });
    expect([known.status, unknown.status]).toEqual([401, 401]);
    expect(withoutIds(await known.text())).toBe(withoutIds(await unknown.text()));
  });

  test.each(RoleSchema.options)('lets the role %s in exactly where its permissions say so', async (role: Role) => {
    const world = await createWorld();
    const claims = role === 'platform_admin' ? { role, tenant_id: undefined as never } : { role };
    const response = await call(world, route, await createToken(claims));
    const isInside = role !== 'platform_admin' || within !== 'tenant';
    if (isInside && isPermitted(role, permission)) {
      // A token made here is no API key, which alone can be exchanged.
      if (nameOf(route) !== 'POST /v1/token') expect(response.status).not.toBe(403);
    } else {
      expect(response.status).toBe(403);
      expect(codeIn(await response.json())).toBe('forbidden');
    }
  });

  test('refuses a request that names another tenant in a header or a parameter, and counts it', async () => {
    const world = await createWorld();
    const token = await createToken({ role: 'tenant_admin' });
    const named = await call(world, route, token, {}, { 'x-tenant-id': 'beta' });
    expect(named.status).toBe(403);
    expect(codeIn(await named.json())).toBe('tenant_mismatch');
    const asked = await call(world, { ...route, path: `${route.path}?tenant_id=beta` }, token);
    expect(codeIn(await asked.json())).toBe('tenant_mismatch');
    expect(await world.metric('genai_cross_tenant_leakage_attempts_total{kind="header"}')).toBe(1);
    expect(await world.metric('genai_cross_tenant_leakage_attempts_total{kind="query"}')).toBe(1);
    expect(world.logged.filter(({ event }) => event === 'cross_tenant')).toHaveLength(2);
  });

  test("shows a tenant's user nothing of another tenant", async () => {
    const world = await createWorld();
    const token = await createToken({ role: 'tenant_admin' });
    await expectNothingForeign(world, route, token);
  });

  test('lets nobody of a suspended tenant in', async () => {
    const world = await createWorld();
    const admin = await createToken({ role: 'platform_admin', tenant_id: undefined as never });
    expect((await world.call('POST /v1/tenants/acme/suspend', { token: admin })).status).toBe(200);
    const response = await call(world, route, await createToken({ role: 'tenant_admin' }));
    expect(response.status).toBe(403);
    expect(codeIn(await response.json())).toBe('tenant_suspended');
  });
});

async function expectNothingForeign(world: World, route: RouteContract, token: string): Promise<void> {
  const response = await call(world, route, token, {
    t: 'beta',
    id: route.path.includes('/keys/') ? world.keyId : 'foreign',
  });
  const text = await response.text();
  expect(text).not.toContain(canary);
  if (route.path.includes(':t')) {
    expect(response.status).toBe(403);
    const other = await call(world, route, token, { t: 'nobody', id: world.keyId });
    expect(withoutIds(await other.text())).toBe(withoutIds(text));
  } else if (route.path.includes(':id') && route.method !== 'put') {
    expect(response.status).toBe(404);
    const missing = await call(world, route, token, { id: 'missing' });
    expect(withoutIds(await missing.text())).toBe(withoutIds(text));
  }
  const beta = await createToken({ tenant_id: 'beta', role: 'tenant_admin' });
  expect(await (await world.call('GET /v1/documents/foreign/text', { token: beta })).text()).toContain(canary);
}

test.each(['POST /v1/documents', 'POST /v1/search', 'POST /v1/query', 'PUT /v1/documents/x'])(
  '%s refuses a body that names another tenant, and takes one that names its own',
  async (target) => {
    const world = await createWorld();
    const token = await createToken();
    const json: Record<string, unknown> = { ...Object(bodies[target] ?? bodies['PUT /v1/documents/:id']) };
    const foreign = await world.call(target, { token, json: { ...json, tenant_id: 'beta' } });
    expect(foreign.status).toBe(403);
    expect(codeIn(await foreign.json())).toBe('tenant_mismatch');
    expect(await world.metric('genai_cross_tenant_leakage_attempts_total{kind="body"}')).toBe(1);
    const own = await world.call(target, { token, json: { ...json, tenant_id: 'acme' } });
    expect(own.status).toBeLessThan(300);
  },
);

test('a tenant named in a filter, a document, a form or the host is refused as well', async () => {
  const platform = await createTestPlatform({ TENANT_HOST_SUFFIX: '.api.example.com' });
  const token = await createToken();
  const form = new FormData();
  form.set('tenant_id', 'beta');
  form.set('file', new Blob(['text']), 'a.txt');
  const responses = await Promise.all([
    platform.call('POST /v1/search', { token, json: { query: 'x', filter: { tenant_id: 'beta' } } }),
    platform.call('POST /v1/documents', { token, json: { documents: [{ text: 'x', tenant_id: 'beta' }] } }),
    platform.call('POST /v1/documents', {
      token,
      body: '{"text":"x","tenant_id":"beta"}',
      headers: { 'content-type': 'application/x-ndjson' },
    }),
    platform.call('POST /v1/documents', { token, body: form }),
    platform.call('POST /v1/search', { token, json: { query: 'x' }, headers: { host: 'beta.api.example.com' } }),
  ]);
  for (const response of responses) expect(codeIn(await response.json())).toBe('tenant_mismatch');
  const own = await platform.call('POST /v1/search', {
    token,
    json: { query: 'x' },
    headers: { host: 'acme.api.example.com:8000' },
  });
  expect(own.status).toBe(200);
});
