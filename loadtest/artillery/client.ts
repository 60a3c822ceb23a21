import { request as requestHttp, Agent, type IncomingMessage, type RequestOptions } from 'node:http';
import { request as requestHttps, Agent as SecureAgent } from 'node:https';
import { once } from 'node:events';
import type { Exchange } from './exchange.ts';
import { createStreamReader } from './stream-reader.ts';

export interface Call {
  method: 'DELETE' | 'GET' | 'POST';
  path: string;
  token: string;
  json?: unknown;
  accept?: string;
  headers?: Readonly<Record<string, string>>;
}

export type Client = (call: Call, signal: AbortSignal) => Promise<Exchange>;

interface ClientOptions {
  url: string;
  /** Where connections go instead of the URL's host, which stays the `Host` header's. */
  ingress: string | undefined;
  now: () => number;
}

const maxConnections = 2_000;
const maxBodyLength = 8 * 1024 * 1024;

/** Reads to the end, or as far as the connection holds. */
async function readBody(response: IncomingMessage, onChunk: (chunk: string) => void): Promise<boolean> {
  let length = 0;
  try {
    for await (const chunk of response.setEncoding('utf8')) {
      const text = String(chunk);
      length += text.length;
      if (length > maxBodyLength) throw new Error('The answer is too long');
      onChunk(text);
    }
    return response.complete;
  } catch {
    return false;
  }
}

const toHead = ({ rawHeaders }: IncomingMessage): string => rawHeaders.join('\n');

/** Asks as a client of the platform would and takes the times of what comes. */
export function createClient({ url, ingress, now }: ClientOptions): Client {
  const { host, hostname } = new URL(url);
  const base = new URL(ingress ?? url);
  const isSecure = base.protocol === 'https:';
  const options = { keepAlive: true, maxSockets: maxConnections };
  const agent = isSecure ? new SecureAgent({ ...options, servername: hostname }) : new Agent(options);
  const request = isSecure ? requestHttps : requestHttp;

  async function exchange(
    { method, path, token, json, accept, headers: others }: Call,
    signal: AbortSignal,
  ): Promise<Exchange> {
    const body = json === undefined ? undefined : JSON.stringify(json);
    const headers = {
      host,
      authorization: `Bearer ${token}`,
      accept: accept ?? 'application/json',
      ...others,
      ...(body === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }),
    };
    const init: RequestOptions = { agent, method, headers, signal };
    const started = now();
    const call = request(new URL(path, base), init);
    const answered = once(call, 'response', { signal });
    // Once there is a response, its own end tells of a broken connection.
    call.on('error', () => undefined);
    call.end(body);
    const [response]: IncomingMessage[] = await answered;
    if (response === undefined) throw new Error('There is no response');
    const isStream = response.headers['content-type']?.startsWith('text/event-stream') ?? false;
    const reader = createStreamReader(now);
    let text = '';
    let firstByteAt: number | undefined;
    const isComplete = await readBody(response, (chunk) => {
      firstByteAt ??= now();
      text += chunk;
      if (isStream) reader.feed(chunk);
    });
    const ended = now();
    const stream = isStream ? reader.end() : undefined;
    return {
      kind: 'answer',
      status: response.statusCode ?? 0,
      head: toHead(response),
      requestId: String(response.headers['x-request-id'] ?? ''),
      text,
      stream,
      isComplete,
      firstByte: (firstByteAt ?? ended) - started,
      latency: (stream?.firstTokenAt ?? ended) - started,
    };
  }

  return async (call, signal) => {
    try {
      return await exchange(call, signal);
    } catch (error) {
      return { kind: 'failure', reason: toReason(error, signal) };
    }
  };
}

function toReason(error: unknown, signal: AbortSignal): string {
  if (signal.aborted) return 'timeout';
  return error instanceof Error && 'code' in error ? String(error.code) : 'connection failed';
}
