import type { Readable } from 'node:stream';
import type { LookupFunction } from 'node:net';
import { Agent } from 'undici';
import type { HeaderFields } from './end-to-end.ts';
import { toOrigin } from './upstream-template.ts';
import type { FunctionName } from './routes.ts';

export interface UpstreamRequest {
  functionName: FunctionName;
  method: string;
  /** Path and query, as the client sent them. */
  target: string;
  headers: HeaderFields;
  body: Readable | null;
}

export interface UpstreamResponse {
  status: number;
  headers: NodeJS.Dict<string | string[]>;
  body: Readable;
}

export interface Upstream {
  /** Resolves with the response's head. Rejects where there is none in time. */
  call(request: UpstreamRequest, signal: AbortSignal): Promise<UpstreamResponse>;
  close(): Promise<void>;
}

export interface UpstreamOptions {
  /** Such as `http://{function}.example`. */
  template: string;
  /** To each function; as many as requests are let in, so that none waits for one. */
  connections: number;
  connectMilliseconds?: number;
  /** From the request's last byte to the response's head: less than the 300 s after which Knative answers for the edge. */
  headMilliseconds?: number;
  /** Between two parts of a body. Streams have a heartbeat every 15 s. */
  idleMilliseconds?: number;
  lookup?: LookupFunction | undefined;
}

/** Below the 95 s for which functions keep an idle connection, whatever they say of it. */
const keepAliveMaxTimeout = 30_000;

/**
 * Functions over HTTP/1.1. undici looks whether an idle connection still lives before it writes a request
 * on it, never sends one twice, follows no redirect and leaves bodies as they are.
 */
export function createUpstream({
  template,
  connections,
  connectMilliseconds = 5_000,
  headMilliseconds = 285_000,
  idleMilliseconds = 60_000,
  lookup,
}: UpstreamOptions): Upstream {
  const agent = new Agent({
    connections,
    allowH2: false,
    keepAliveMaxTimeout,
    headersTimeout: headMilliseconds,
    bodyTimeout: idleMilliseconds,
    connect: { timeout: connectMilliseconds, ...(lookup ? { lookup } : {}) },
  });
  return {
    async call({ functionName, target, method, headers, body }, signal) {
      const origin = toOrigin(template, functionName);
      const fields = Object.entries(headers).flatMap(([name, values]) => values.flatMap((value) => [name, value]));
      const response = await agent.request({ origin, path: target, method, headers: fields, body, signal });
      return { status: response.statusCode, headers: response.headers, body: response.body };
    },
    close: () => agent.destroy(),
  };
}
