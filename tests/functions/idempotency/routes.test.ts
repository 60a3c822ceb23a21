import { describe, expect, test } from 'vitest';
import { routesByFunction } from '#functions/openapi.ts';
import { createTestPlatform, createToken } from '#tests/support/platform.ts';
import { allRoutes, nameOf } from '#tests/support/routes.ts';

const bodies: Record<string, object> = {
  'POST /v1/chat/completions': { model: 'any', messages: [{ role: 'user', content: 'text' }] },
  'POST /v1/documents': { documents: [{ id: 'a', text: 'text' }] },
  'POST /v1/embeddings': { model: 'any', input: 'text' },
  'PUT /v1/documents/:id': { text: 'text' },
  'POST /v1/query': { question: 'question?' },
  'POST /v1/tenants': { id: 'created', name: 'Created' },
  'PATCH /v1/tenants/:t': { name: 'Renamed' },
  'POST /v1/tenants/:t/keys': { name: 'key', role: 'reader' },
  'PUT /v1/tenants/:t/provider-keys/:provider': { api_key: 'key-of-the-provider' },
};

const idempotentRoutes = allRoutes.filter(({ isIdempotent }) => isIdempotent);

test('every route that changes documents, tenants or keys takes an idempotency key, and so does a question', () => {
  const { documents = [], tenants = [], query = [] } = routesByFunction;
  const without = [...documents, ...tenants, ...query].filter(
    ({ method, isIdempotent }) => method !== 'get' && isIdempotent !== true,
  );
  expect(without.map(nameOf)).toEqual([]);
});

describe.each(idempotentRoutes.map((route) => ({ name: nameOf(route), route })))('$name', ({ name, route }) => {
  test('refuses what is no key before it does anything', async () => {
    const { call, addTenant, logged } = await createTestPlatform({ TENANT_AUTO_CREATE: 'false' });
    await addTenant('acme');
    const isPlatform = route.access !== 'public' && route.access.within === 'platform';
    const claims = isPlatform ? { role: 'platform_admin', tenant_id: undefined as never } : { role: 'tenant_admin' };
    const path = route.path.replace(':t', 'acme').replace(':id', 'no-such-key-').replace(':provider', 'openai');
    const audited = logged.filter(({ event }) => event === 'audit').length;
    const json = bodies[name];
    expect(json === undefined, 'a route with a body has one here').toBe(route.json === undefined);
    const response = await call(`${route.method.toUpperCase()} ${path}`, {
      token: await createToken(claims),
      headers: { 'idempotency-key': 'x'.repeat(256) },
      ...(json === undefined ? {} : { json }),
    });
    expect(response.status).toBe(400);
    expect(await response.text()).toContain('Idempotency-Key');
    expect(logged.filter(({ event }) => event === 'audit')).toHaveLength(audited);
  });
});
