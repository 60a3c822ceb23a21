import * as v from 'valibot';
import { defineRoute } from '#lib/http/contract.ts';

export const TokenResponse = v.strictObject({
  access_token: v.string(),
  token_type: v.literal('Bearer'),
  expires_in: v.number(),
});
const KeySetResponse = v.object({ keys: v.array(v.record(v.string(), v.unknown())) });

export const routes = [
  defineRoute({
    method: 'post',
    path: '/v1/token',
    operation: 'issueToken',
    summary: 'Exchange an API key for a token that lives 15 minutes',
    access: { permission: 'token:issue', within: 'tenant' },
    responses: { 200: { description: 'The token', schema: TokenResponse } },
    errors: [],
  }),
  defineRoute({
    method: 'get',
    path: '/.well-known/jwks.json',
    operation: 'getKeySet',
    summary: 'The public keys that verify tokens of this platform, where it signs with a private key',
    access: 'public',
    responses: { 200: { description: 'A JSON Web Key Set', schema: KeySetResponse } },
    errors: [],
  }),
];
