import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { withTimeout } from '#lib/core/abort.ts';

export interface Call {
  method: 'GET' | 'POST' | 'DELETE';
  path: string;
  token: string;
  json?: object;
  headers?: Record<string, string>;
}

export interface Answer {
  status: number;
  contentType: string;
  /** Every byte: status line, headers, body and trailers. */
  all: string;
  body: string;
}

/** Throws where there is no whole answer in time. */
export type Send = (call: Call, signal: AbortSignal) => Promise<Answer>;

export interface ClientOptions {
  url: URL;
  /** Where to connect to instead of the URL's own host, which goes into the `Host` header all the same. */
  ingress: URL | undefined;
}

const callMilliseconds = 30_000;
const maxBytes = 8 * 1024 * 1024;

async function readBody(response: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of response) {
    const bytes = Buffer.from(part);
    size += bytes.byteLength;
    if (size > maxBytes) throw new Error(`An answer has more than ${maxBytes} bytes`);
    parts.push(bytes);
  }
  return Buffer.concat(parts).toString();
}

async function toAnswer(response: IncomingMessage): Promise<Answer> {
  const { statusCode: status = 0, statusMessage = '', rawHeaders, headers } = response;
  // What is compressed could not be searched; nobody asked for it.
  if (headers['content-encoding'] !== undefined) throw new Error('An answer is compressed');
  const body = await readBody(response);
  const all = [`${status} ${statusMessage}`, ...rawHeaders, body, ...response.rawTrailers].join('\n');
  return { status, contentType: headers['content-type'] ?? '', all, body };
}

/** A client of the platform that sees its answers as they are on the wire. `fetch` would drop a `Host` header. */
export function createClient({ url, ingress }: ClientOptions): Send {
  const { protocol, hostname, port } = ingress ?? url;
  const open = protocol === 'https:' ? httpsRequest : httpRequest;

  return async ({ method, path, token, json, headers }, signal) => {
    const body = json && JSON.stringify(json);
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    const call = open(
      {
        protocol,
        hostname: hostname.replace(/^\[|\]$/g, ''),
        port,
        method,
        path,
        servername: url.hostname,
        signal: withTimeout(signal, callMilliseconds),
        headers: {
          host: url.host,
          authorization: `Bearer ${token}`,
          ...(body === undefined
            ? {}
            : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }),
          ...headers,
        },
      },
      resolve,
    );
    call.on('error', reject);
    call.end(body);
    try {
      return await toAnswer(await promise);
    } finally {
      call.destroy();
    }
  };
}
