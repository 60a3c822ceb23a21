import { createExchangeToken } from '#lib/auth/verbs/exchange-token.ts';
import type { Foundation } from '../foundation.ts';
import type { AuthDeps } from './app.ts';

export const createAuthDeps = ({ http, auth, apiKeys, audit }: Foundation): AuthDeps => ({
  http,
  publicKeys: auth.publicKeys,
  exchangeToken: createExchangeToken({ apiKeys, issueToken: auth.issueToken, audit, now: Date.now }),
});
