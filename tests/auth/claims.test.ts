import { expect, test } from 'vitest';
import { SearchResponse } from '#functions/search/contract.ts';
import { parseBody } from '#tests/support/body.ts';
import { createTestPlatform } from '#tests/support/platform.ts';
import { forgeToken } from './credentials.ts';

const json = { query: 'x' };

test('issuer and audience are checked where they are configured', async () => {
  const { call } = await createTestPlatform({ JWT_ISSUER: 'https://issuer.example', JWT_AUDIENCE: 'genai' });
  const statusOf = async (claims: object) =>
    (await call('POST /v1/search', { token: forgeToken({}, { ...claims }), json })).status;
  const iss = 'https://issuer.example';

  expect(await statusOf({ iss, aud: 'genai' })).toBe(200);
  expect(await statusOf({ iss, aud: ['other', 'genai'] })).toBe(200);
  expect(await statusOf({ iss, aud: 'other' })).toBe(401);
  expect(await statusOf({ iss })).toBe(401);
  expect(await statusOf({ iss: `${iss}/`, aud: 'genai' })).toBe(401);
  expect(await statusOf({ aud: 'genai' })).toBe(401);
  expect(await statusOf({})).toBe(401);
});

test('tenant, role and groups are read from the claims that are configured', async () => {
  const { call } = await createTestPlatform({
    JWT_TENANT_CLAIM: 'https://example.com/org',
    JWT_ROLE_CLAIM: 'app_role',
    JWT_GROUPS_CLAIM: 'teams',
  });
  const mapped = { tenant_id: undefined, role: undefined, 'https://example.com/org': 'acme', app_role: 'member' };
  const writer = forgeToken({}, mapped);
  const documents = [{ id: 'salaries', text: 'Salaries rise in spring.', groups: ['hr'] }];
  const stored = await call('POST /v1/documents', {
    token: forgeToken({}, { ...mapped, teams: ['hr'] }),
    json: { documents },
  });
  expect(await stored.json()).toMatchObject({ results: [{ status: 'created' }] });

  const hitsOf = async (token: string) => {
    const response = await call('POST /v1/search', { token, json: { query: 'salaries' } });
    const { hits } = await parseBody(SearchResponse, response);
    return hits.length;
  };
  expect(await hitsOf(forgeToken({}, { ...mapped, teams: ['hr'] }))).toBe(1);
  expect(await hitsOf(writer)).toBe(0);
  expect(await hitsOf(forgeToken({}, { ...mapped, groups: ['hr'] })), 'the usual claim is not read any more').toBe(0);

  const usual = await call('POST /v1/search', { token: forgeToken(), json });
  expect(usual.status, 'a token with the usual claims only').toBe(401);
  const reader = forgeToken({}, { ...mapped, app_role: 'reader', role: 'tenant_admin' });
  expect((await call('POST /v1/documents', { token: reader, json: { documents } })).status).toBe(403);
});

test('a mapped tenant claim is parsed as strictly', async () => {
  const { call } = await createTestPlatform({ JWT_TENANT_CLAIM: 'org' });
  for (const org of ['*', 'a,b', '../x', ['acme'], undefined])
    expect((await call('POST /v1/search', { token: forgeToken({}, { org }), json })).status).toBe(401);
});
