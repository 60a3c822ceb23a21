import type { FunctionName } from './function-names.ts';

export interface SmokeRequest {
  method: 'GET' | 'POST';
  path: string;
  body?: object;
}

export interface SmokeRequests {
  /** Sent without a credential: the function itself answers with this problem. */
  refused: SmokeRequest & { status: number; code: string };
  /** Sent with one; changes nothing. */
  served: SmokeRequest;
}

const unauthenticated = { status: 401, code: 'unauthenticated' };
const byRoute = (served: SmokeRequest): SmokeRequests => ({ served, refused: { ...served, ...unauthenticated } });
const search: SmokeRequest = { method: 'POST', path: '/v1/search', body: { query: 'ready', limit: 1 } };

export const smokeRequests: Record<FunctionName, SmokeRequests> = {
  query: byRoute({ method: 'POST', path: '/v1/query', body: { question: 'Is the service ready?', limit: 1 } }),
  chat: byRoute({ method: 'GET', path: '/v1/models' }),
  search: byRoute(search),
  documents: byRoute({ method: 'GET', path: '/v1/documents?limit=1' }),
  tenants: byRoute({ method: 'GET', path: '/v1/tenants?limit=1' }),
  auth: byRoute({ method: 'POST', path: '/v1/token' }),
  usage: byRoute({ method: 'GET', path: '/v1/usage' }),
  audit: byRoute({ method: 'GET', path: '/v1/audit?limit=1' }),
  // The edge checks no credential; a path that belongs to no function is refused by itself.
  edge: { served: search, refused: { method: 'GET', path: '/v1/none', status: 404, code: 'not_found' } },
};
