import { decodeJwt } from 'jose';
import { expect, test } from 'vitest';
import { TokenResponse } from '#functions/auth/contract.ts';
import { parseBody } from '#tests/support/body.ts';
import { createTestPlatform } from '#tests/support/platform.ts';
import { createKey, exchange, searchWith } from '../tenants/admin.ts';

test('an API key is exchanged for a token that lives 15 minutes', async () => {
  const platform = await createTestPlatform();
  const { key } = await createKey(platform);

  const response = await platform.call('POST /v1/token', { token: key });

  expect(response.status).toBe(200);
  expect(response.headers.get('cache-control')).toContain('no-store');
  const body = await parseBody(TokenResponse, response);
  expect(body.expires_in).toBe(900);
  const { exp = 0, iat = 0, ...claims } = decodeJwt(body.access_token);
  expect(exp - iat).toBe(900);
  expect(claims).toMatchObject({ tenant_id: 'acme', role: 'member' });
  expect((await searchWith(platform, body.access_token)).status).toBe(200);
});

test("a token carries its key's role and groups, and no more", async () => {
  const platform = await createTestPlatform();
  const writer = await createKey(platform, { groups: ['hr'] });
  const documents = [{ id: 'salaries', text: 'Refunds of salaries.', groups: ['hr'] }];
  const stored = await platform.call('POST /v1/documents', { token: writer.key, json: { documents } });
  expect(stored.status).toBe(200);

  const reader = await exchange(platform, (await createKey(platform, { role: 'reader', groups: ['hr'] })).key);
  expect(await (await searchWith(platform, reader)).json()).toMatchObject({ hits: [{ document_id: 'salaries' }] });
  const refused = await platform.call('POST /v1/documents', { token: reader, json: { documents } });
  expect(refused.status).toBe(403);

  const outsider = await exchange(platform, (await createKey(platform)).key);
  expect(await (await searchWith(platform, outsider)).json()).toMatchObject({ hits: [] });
});

test('a token of a key that soon ends, ends with it', async () => {
  const platform = await createTestPlatform();
  const end = new Date(Date.now() + 60_000).toISOString();
  const { key } = await createKey(platform, { expires_at: end });
  const response = await platform.call('POST /v1/token', { token: key });
  const { access_token: token, expires_in: expiresIn } = await parseBody(TokenResponse, response);
  expect(expiresIn).toBeGreaterThan(0);
  expect(expiresIn).toBeLessThanOrEqual(60);
  expect(decodeJwt(token).exp).toBeLessThanOrEqual(Math.ceil(Date.parse(end) / 1_000));
});
