import { toEndToEnd, type HeaderFields } from './end-to-end.ts';

interface Caller {
  requestId: string;
  /** Of the connection's other end. */
  address: string | undefined;
}

/**
 * What only the mesh and proxies may say. `expect` is answered by the server that got it. A function believes what its edge
 * says of a trace: the client's words for it end here.
 */
const notTheClients = /^(?:host|expect|tracestate|baggage|forwarded|x-forwarded-.*|x-envoy-.*|k-.*|knative-.*)$/;

/** Each of them may carry the client's host: Knative's domain mapping moves it to `k-original-host`. */
const hostNames = ['x-forwarded-host', 'k-original-host', 'host'];

/**
 * What a function is told of a client's request. The hosts are passed on together: a function only ever
 * refuses because of a host, so that a forged one gains nothing and a real one is not lost.
 */
export function toUpstreamHeaders(fields: NodeJS.Dict<string[]>, { requestId, address }: Caller): HeaderFields {
  const valuesOf = (name: string) => fields[name] ?? [];
  const addresses = [...valuesOf('x-forwarded-for'), ...(address === undefined ? [] : [address])];
  return {
    ...toEndToEnd(fields, notTheClients),
    'x-request-id': [requestId],
    'x-forwarded-for': [addresses.join(', ')],
    'x-forwarded-host': [hostNames.flatMap(valuesOf).join(', ')],
  };
}
