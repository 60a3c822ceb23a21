import { expect, test } from 'vitest';
import { functionOf } from '#lib/edge/routes.ts';
import { allRoutes } from '#tests/support/routes.ts';
import { routesByFunction } from '#functions/openapi.ts';

test('every route that a function promises belongs to it', () => {
  for (const [name, routes] of Object.entries(routesByFunction))
    for (const { path } of routes) expect(functionOf(path.replaceAll(/:\w+/g, 'some-id')), path).toBe(name);
  expect(allRoutes.length).toBeGreaterThan(10);
});

test.each([
  ['/v1/query', 'query'],
  ['/v1/query/', 'query'],
  ['/v1/documents/docs%2Fguide.md', 'documents'],
  ['/v1/documents/%C3%A9/text', 'documents'],
  ['/v1/documents/a..b', 'documents'],
  ['/v1/documents/...', 'documents'],
  ['/v1/tenants/acme/keys/1/rotate', 'tenants'],
  ['/.well-known/jwks.json', 'auth'],
])('%s belongs to %s', (path, name) => {
  expect(functionOf(path)).toBe(name);
});

test.each([
  '',
  '/',
  '*',
  '/v1',
  '/v1/queryx',
  '/v1/quer',
  '/V1/query',
  '/v1/Query',
  '//v1/query',
  '/v1//query',
  '/x/v1/query',
  '/v1/../v1/query',
  '/v1/./query',
  '/./v1/query',
  '/v1/documents/..',
  '/v1/documents/../tenants',
  '/v1/documents/%2e%2e/tenants',
  '/v1/documents/%2E./tenants',
  '/v1/documents/.%2e',
  '/v1/documents/%2e/x',
  '/%2e%2e/v1/query',
  '/v1/query%2f..',
  '/v1%2fquery',
  '/v1/%71uery',
  '/v1/query\\..\\tenants',
  '/v1\\query',
  '/v1/query#/../tenants',
  '/v1/documents/\u00e9',
  '/v1/query;x=1',
  '/v1/constructor',
  '/.well-known%2fjwks.json',
  'http://elsewhere.test/v1/query',
])('%j belongs to no function', (path) => {
  expect(functionOf(path)).toBeUndefined();
});
