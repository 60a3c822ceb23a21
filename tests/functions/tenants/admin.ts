import type * as v from 'valibot';
import { TokenResponse } from '#functions/auth/contract.ts';
import { NewApiKeyResponse } from '#functions/tenants/keys-contract.ts';
import { parseBody } from '#tests/support/body.ts';
import { createToken, type CallOptions, type TestPlatform } from '#tests/support/platform.ts';

export const createPlatformAdmin = (): Promise<string> => createToken({ role: 'platform_admin', tenant_id: undefined });
export const createTenantAdmin = (tenant = 'acme'): Promise<string> =>
  createToken({ role: 'tenant_admin', tenant_id: tenant, sub: 'admin-1' });

/** Creates an API key of the tenant as its administrator does. */
export async function createKey(
  { call }: Pick<TestPlatform, 'call'>,
  changes: Record<string, unknown> = {},
  tenant = 'acme',
): Promise<v.InferOutput<typeof NewApiKeyResponse>> {
  const json = { name: 'A key', role: 'member', ...changes };
  const response = await call(`POST /v1/tenants/${tenant}/keys`, { token: await createTenantAdmin(tenant), json });
  if (response.status !== 201) throw new Error(`The key was not created: ${await response.text()}`);
  return parseBody(NewApiKeyResponse, response);
}

/** What a search as this credential answers. */
export const searchWith = (
  { call }: Pick<TestPlatform, 'call'>,
  token: string,
  options: CallOptions = {},
): Promise<Response> => call('POST /v1/search', { token, json: { query: 'refunds' }, ...options });

/** The token that a key is exchanged for. */
export async function exchange({ call }: Pick<TestPlatform, 'call'>, key: string): Promise<string> {
  const response = await call('POST /v1/token', { token: key });
  if (response.status !== 200) throw new Error(`The key was not exchanged: ${await response.text()}`);
  const { access_token: token } = await parseBody(TokenResponse, response);
  return token;
}
