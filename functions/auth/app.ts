import type { Auth } from '#lib/auth/create-auth.ts';
import type { createExchangeToken } from '#lib/auth/verbs/exchange-token.ts';
import { createTenantApi } from '#lib/http/create-api.ts';
import type { HttpKit } from '#lib/http/kit.ts';

export interface AuthDeps {
  http: HttpKit;
  publicKeys: Auth['publicKeys'];
  exchangeToken: ReturnType<typeof createExchangeToken>;
}

export const createAuthApp = ({ http, publicKeys, exchangeToken }: AuthDeps) =>
  createTenantApi(http, 'auth')
    .post('/v1/token', async (c) => {
      const { token, expiresIn } = await exchangeToken(c.var.scope, c.var.signal);
      return c.json({ access_token: token, token_type: 'Bearer', expires_in: expiresIn }, 200, {
        'cache-control': 'no-store',
      });
    })
    .get('/.well-known/jwks.json', (c) => c.json(publicKeys, 200, { 'cache-control': 'public, max-age=300' }));
