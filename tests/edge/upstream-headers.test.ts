import { expect, test } from 'vitest';
import { toEndToEnd } from '#lib/edge/end-to-end.ts';
import { toUpstreamHeaders } from '#lib/edge/upstream-headers.ts';

const caller = { requestId: 'request-1', address: '192.0.2.7' };

test('what belongs to one connection stays with it, also what that connection names', () => {
  const fields = {
    connection: ['keep-alive, X-Own', 'X-Other'],
    'keep-alive': ['timeout=5'],
    'proxy-authenticate': ['Basic'],
    'proxy-authorization': ['Basic eDp5'],
    'proxy-connection': ['keep-alive'],
    te: ['trailers'],
    trailer: ['x-sum'],
    'transfer-encoding': ['chunked'],
    upgrade: ['websocket'],
    'x-own': ['1'],
    'x-other': ['2'],
    accept: ['text/plain', 'text/html'],
  };
  expect(toEndToEnd(fields, /^$/)).toEqual({ accept: ['text/plain', 'text/html'] });
});

test('what only the mesh and proxies may say is not taken from a client', () => {
  const headers = toUpstreamHeaders(
    {
      host: ['api.example.com'],
      forwarded: ['for=10.0.0.1'],
      'x-forwarded-proto': ['https'],
      'x-forwarded-port': ['1'],
      'k-network-probe': ['queue'],
      'k-proxy-request': ['activator'],
      'knative-serving-revision': ['other-00001'],
      'x-envoy-upstream-rq-timeout-ms': ['1'],
      'x-envoy-retry-on': ['5xx'],
      expect: ['100-continue'],
      tracestate: ['vendor=secret'],
      baggage: ['user=secret'],
    },
    caller,
  );
  expect(headers).toEqual({
    'x-request-id': ['request-1'],
    'x-forwarded-for': ['192.0.2.7'],
    'x-forwarded-host': ['api.example.com'],
  });
});

test('credentials, traces and every mention of a tenant are passed on as they are', () => {
  const fields = {
    authorization: ['Bearer token'],
    traceparent: ['00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'],
    'x-tenant-id': ['globex', 'acme'],
    'x-tenant': ['globex'],
    'content-type': ['application/json'],
    'idempotency-key': ['1'],
  };
  expect(toUpstreamHeaders(fields, caller)).toMatchObject(fields);
});

test("the peer's address is added to those that were passed before", () => {
  const headers = toUpstreamHeaders({ 'x-forwarded-for': ['198.51.100.1, 203.0.113.9', '203.0.113.10'] }, caller);
  expect(headers['x-forwarded-for']).toEqual(['198.51.100.1, 203.0.113.9, 203.0.113.10, 192.0.2.7']);
});

test('a connection cannot name away what the edge itself says', () => {
  const headers = toUpstreamHeaders({ connection: ['x-request-id, x-forwarded-for, x-forwarded-host'] }, caller);
  expect(headers).toMatchObject({ 'x-request-id': ['request-1'], 'x-forwarded-for': ['192.0.2.7'] });
});

test('every host that the request had is named to the function', () => {
  const headers = toUpstreamHeaders(
    {
      host: ['edge.cluster.local'],
      'k-original-host': ['acme.example.com'],
      'x-forwarded-host': ['globex.example.com'],
    },
    caller,
  );
  expect(headers['x-forwarded-host']).toEqual(['globex.example.com, acme.example.com, edge.cluster.local']);
});
