import { expect, test } from 'vitest';
import { createTestPlatform, createToken } from '#tests/support/platform.ts';
import { createPlatformAdmin, createTenantAdmin } from './admin.ts';

const guardrails = {
  max_input_characters: 5_000,
  blocked_patterns: [{ name: 'project-x', pattern: '(?i)apollo', applies_to: 'output' }],
  redact: ['email', 'secret'],
  retrieved_instructions: 'ignore',
};
const cache = { semantic_threshold: 0.95 };
const path = '/v1/tenants/acme';

async function createWorld(settings: object = {}) {
  const { call } = await createTestPlatform();
  const token = await createPlatformAdmin();
  const created = await call('POST /v1/tenants', { token, json: { id: 'acme', name: 'Acme', ...settings } });
  const read = async () => (await call(`GET ${path}`, { token })).json();
  return { call, token, created, read };
}

test('guardrails, cache and weight are created, read, changed and cleared', async () => {
  const { call, token, created, read } = await createWorld({ guardrails, cache, limits: { weight: 2.5 } });
  expect(created.status).toBe(201);
  expect(await created.json()).toMatchObject({ guardrails, cache, limits: { weight: 2.5 } });

  const patch = (json: object) => call(`PATCH ${path}`, { token, json });
  expect(await (await patch({ guardrails: { redact: ['iban'] } })).json()).toMatchObject({
    guardrails: { redact: ['iban'], retrieved_instructions: 'label' },
    cache,
  });
  expect(await read()).not.toHaveProperty('guardrails.blocked_patterns');
  expect(await (await patch({ limits: { weight: 1 } })).json()).toMatchObject({ limits: { weight: 1 }, cache });
  await patch({ guardrails: null, cache: null, limits: { weight: null } });
  const cleared = await read();
  for (const name of ['guardrails', 'cache', 'limits.weight']) expect(cleared).not.toHaveProperty(name);
});

test("a tenant's administrator sets its guardrails and cache, and no weight", async () => {
  const { call, read } = await createWorld();
  const token = await createTenantAdmin();
  expect((await call(`PATCH ${path}`, { token, json: { guardrails, cache } })).status).toBe(200);
  expect(await read()).toMatchObject({ guardrails, cache });
  for (const json of [{ limits: { weight: 100 } }, { cache: null, limits: { weight: null } }])
    expect((await call(`PATCH ${path}`, { token, json })).status).toBe(403);
  for (const other of [await createToken(), await createTenantAdmin('beta')])
    expect((await call(`PATCH ${path}`, { token: other, json: { guardrails: null } })).status).toBe(403);
  expect(await read()).toMatchObject({ guardrails, cache });
});

const withPattern = (pattern: string, name = 'rule') => ({ blocked_patterns: [{ name, pattern }] });

test.each([
  { guardrails: withPattern('(a') },
  { guardrails: withPattern('(?=a)b') },
  { guardrails: withPattern('a*') },
  { guardrails: withPattern('a'.repeat(501)) },
  { guardrails: withPattern('a', 'not a name') },
  { guardrails: { redact: ['names'] } },
  { guardrails: { max_input_characters: 0 } },
  { guardrails: { blocked: [] } },
  { cache: { semantic_threshold: 0.5 } },
  { limits: { weight: 0 } },
])('no tenant is made or changed with %j', async (settings) => {
  const { call, token, created, read } = await createWorld(settings);
  expect(created.status).toBe(400);
  expect(await created.json()).toMatchObject({
    code: 'invalid_request',
    errors: expect.arrayContaining([{ path: expect.any(String), message: expect.any(String) }]),
  });
  expect(await read()).toMatchObject({ status: 404 });

  await call('POST /v1/tenants', { token, json: { id: 'acme', name: 'Acme' } });
  const before = await read();
  expect((await call(`PATCH ${path}`, { token, json: settings })).status).toBe(400);
  expect(await read()).toEqual(before);
});
