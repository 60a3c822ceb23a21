import { generateKeyPair, SignJWT } from 'jose';
import { expect, test } from 'vitest';
import { createTestPlatform, type TestPlatform } from '#tests/support/platform.ts';
import { forgeToken, forgeUnsigned, secondsFromNow, toClaims } from './credentials.ts';

const target = 'POST /v1/search';
const json = { query: 'anything' };
const good = forgeToken();
const [head = '', payload = '', signature = ''] = good.split('.');
const rsa = await generateKeyPair('RS256', { extractable: true });
const signedWithRsa = await new SignJWT(toClaims()).setProtectedHeader({ alg: 'RS256' }).sign(rsa.privateKey);

const headers: Record<string, string | undefined> = {
  'no header': undefined,
  'an empty header': '',
  'the scheme alone': 'Bearer ',
  'another scheme': `Basic ${good}`,
  'two tokens': `Bearer ${good} ${good}`,
  'no scheme': good,
};

const tokens: Record<string, string> = {
  'a word': 'token',
  'two parts': `${head}.${payload}`,
  'an empty signature': `${head}.${payload}.`,
  'a cut signature': `${head}.${payload}.${signature.slice(0, -4)}`,
  'a changed payload': `${head}.${Buffer.from(JSON.stringify(toClaims({ tenant_id: 'beta' }))).toString('base64url')}.${signature}`,
  'a payload that is no object': `${head}.${Buffer.from('"x"').toString('base64url')}.${signature}`,
  'alg none': forgeUnsigned('none'),
  'alg None': forgeUnsigned('None'),
  'another secret': forgeToken({}, {}, 'another-secret-that-is-long-enough-too'),
  'HS512 over the same secret': forgeToken({ alg: 'HS512' }),
  'RS256 where only a secret is configured': signedWithRsa,
  expired: forgeToken({}, { exp: secondsFromNow(-45) }),
  'not valid yet': forgeToken({}, { nbf: secondsFromNow(45) }),
  'no exp': forgeToken({}, { exp: undefined }),
  'exp as a text': forgeToken({}, { exp: '9999999999' }),
  'no sub': forgeToken({}, { sub: undefined }),
  'no tenant': forgeToken({}, { tenant_id: undefined }),
  'no role': forgeToken({}, { role: undefined }),
  'unknown role': forgeToken({}, { role: 'owner' }),
  'a role of Object.prototype': forgeToken({}, { role: 'constructor' }),
  'groups that are no texts': forgeToken({}, { groups: [{ hr: true }] }),
  'kid that is a path': forgeToken({ kid: '../../' }),
  'kid that is SQL': forgeToken({ kid: "' OR 1=1 --" }),
  'kid __proto__': forgeToken({ kid: '__proto__' }),
  jku: forgeToken({ alg: 'RS256', jku: 'http://127.0.0.1:9/keys' }),
  x5u: forgeToken({ alg: 'RS256', x5u: 'http://127.0.0.1:9/chain' }),
  'jwk of the attacker': forgeToken(
    { jwk: { kty: 'oct', k: Buffer.from('attacker-attacker-attacker-12345').toString('base64url') } },
    {},
    'attacker-attacker-attacker-12345',
  ),
  'unknown crit': forgeToken({ crit: ['x-unknown'], 'x-unknown': true }),
  'b64 false': forgeToken({ crit: ['b64'], b64: false }),
  '20 KB': forgeToken({}, { padding: 'x'.repeat(20_000) }),
  'an API key that never was': `gk_${'A'.repeat(43)}`,
  'an API key of nothing': 'gk_',
};
for (const tenant of ['*', 'a,b', '../x', 'ACME', 'acme.', '', '-acme', 'acme*', 'a'.repeat(64), ['acme'], 7, null])
  tokens[`tenant_id ${JSON.stringify(tenant)}`] = forgeToken({}, { tenant_id: tenant });

async function refuse(platform: TestPlatform, authorization: string | undefined) {
  const response = await platform.call(target, {
    json,
    headers: authorization === undefined ? {} : { authorization },
  });
  const { request_id: requestId, ...body } = JSON.parse(await response.text());
  const ids = new Set(['x-request-id', 'traceparent', 'date']);
  return {
    status: response.status,
    hasId: requestId === response.headers.get('x-request-id'),
    body: JSON.stringify(body),
    headers: Object.fromEntries([...response.headers].filter(([name]) => !ids.has(name))),
  };
}

const authorizations = {
  ...headers,
  ...Object.fromEntries(Object.entries(tokens).map(([name, token]) => [name, `Bearer ${token}`])),
};

test('a good token passes, so that the bad ones fail for their fault alone', async () => {
  const { call } = await createTestPlatform();
  expect((await call(target, { json, token: good })).status).toBe(200);
  const scheme = await call(target, { json, headers: { authorization: `bearer ${good}` } });
  expect(scheme.status, 'the scheme is case-insensitive').toBe(200);
});

test('every bad credential gets the same 401', async () => {
  const platform = await createTestPlatform();
  const first = await refuse(platform, undefined);
  expect(first).toMatchObject({
    status: 401,
    hasId: true,
    headers: { 'content-type': 'application/problem+json', 'www-authenticate': expect.stringMatching(/^Bearer/) },
  });
  expect(JSON.parse(first.body)).toMatchObject({ status: 401, code: 'unauthenticated', title: expect.any(String) });
  for (const [name, authorization] of Object.entries(authorizations))
    expect(await refuse(platform, authorization), name).toEqual(first);
});

test('a credential in the address or the body is no credential', async () => {
  const { call } = await createTestPlatform();
  expect((await call(`${target}?access_token=${good}`, { json })).status).toBe(401);
  expect((await call(target, { json: { ...json, access_token: good } })).status).toBe(401);
});

test('who has no credential learns nothing of the body, the route or its limits', async () => {
  const { call } = await createTestPlatform();
  const body = '{"query":';
  const responses = await Promise.all([
    call(target, { body, headers: { 'content-type': 'application/json' } }),
    call(target, { body, headers: { 'content-type': 'text/plain' } }),
    call('GET /v1/documents/some?limit=x'),
    call('GET /v1/tenants/acme'),
    call('DELETE /v1/tenants/acme/keys/abc'),
  ]);
  for (const response of responses) expect(response.status).toBe(401);
});
