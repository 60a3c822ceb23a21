import * as v from 'valibot';
import type { CanaryWorld } from './canary-world.ts';

const KeySchema = v.object({ id: v.string(), key: v.string() });

/** Keys and tokens, good and bad. */
export async function plantCredentials(world: CanaryWorld): Promise<void> {
  const { ask, plant, createToken } = world;
  const token = await createToken({ role: 'tenant_admin' });
  await ask('PUT /v1/tenants/acme/provider-keys/good', { token, json: { api_key: plant('provider key') } });
  await ask('PUT /v1/tenants/acme/provider-keys/good', {
    token,
    json: { api_key: `bad ${plant('bad provider key')}` },
  });
  await ask('GET /v1/tenants/acme/provider-keys', { token });

  const keyed = { 'idempotency-key': plant('key of a key') };
  const json = {
    name: plant('name of a key'),
    role: 'member',
    groups: [plant('group of a key')],
    // It is named in the log: it ends soon.
    expires_at: new Date(Date.now() + 86_400_000).toISOString(),
  };
  const { text } = await ask('POST /v1/tenants/acme/keys', { token, json, headers: keyed });
  await ask('POST /v1/tenants/acme/keys', { token, json, headers: keyed });
  const { id, key } = v.parse(KeySchema, JSON.parse(text.slice(text.indexOf('\n'))));
  plant('API key', key.split('.')[2]);
  await ask('GET /v1/tenants/acme/keys', { token });
  const exchanged = await ask('POST /v1/token', { token: key });
  plant('exchanged token', /"access_token":"[^"]+\.([^".]+)"/.exec(exchanged.text)?.[1]);
  await ask('GET /v1/usage?group_by=day,key,user', { token });
  await ask(`GET /v1/usage?group_by=${plant('group_by')}&from=${plant('from')}`, { token });
  await ask(`POST /v1/tenants/acme/keys/${id}/rotate`, { token });

  await ask(`DELETE /v1/tenants/acme/keys/${id}`, { token });
  await ask('DELETE /v1/tenants/acme/provider-keys/good', { token });
  await ask('GET /.well-known/jwks.json');

  const bad = `${token.slice(0, token.lastIndexOf('.'))}.${plant('forged signature')}`;
  for (const credential of [key, bad, `gk_acme.${id}.${plant('wrong key')}`, `${plant('no credential')} x`])
    await ask('POST /v1/search', { token: credential, json: { query: 'x' } });
  await ask('POST /v1/search', { json: { query: 'x' }, headers: { authorization: `Basic ${plant('basic')}` } });
  await ask('POST /v1/search', {
    token,
    json: { query: 'x' },
    headers: { 'x-tenant-id': plant('tenant in a header') },
  });
  await ask(`POST /v1/search?tenant_id=${plant('tenant in a query')}`, { token, json: { query: 'x' } });
  await ask('POST /v1/search', { token, json: { query: 'x', tenant_id: plant('tenant in a body') } });
}
