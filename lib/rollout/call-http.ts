import { request as requestHttp, type IncomingMessage } from 'node:http';
import { request as requestHttps, type RequestOptions } from 'node:https';
import { isTimeout, withTimeout } from '#lib/core/abort.ts';

export interface HttpCall {
  url: string;
  method: string;
  /** A `host` is sent as it is given: `fetch` would replace it. */
  headers: Record<string, string>;
  body: string | undefined;
  /** Of the connection: agent, authorities, credentials. */
  options: RequestOptions;
  /** Milliseconds for the whole answer. */
  timeout: number;
}

export interface HttpAnswer {
  status: number;
  mediaType: string;
  text: string;
}

export type CallHttp = (call: HttpCall, signal: AbortSignal) => Promise<HttpAnswer>;

/** A list of some hundred revisions or pods, or the totals of two revisions, stays below it. */
const maxBytes = 32 * 1024 * 1024;

async function readText(response: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of response) {
    const buffer = Buffer.from(part);
    bytes += buffer.length;
    if (bytes > maxBytes) throw new Error(`The answer is longer than ${maxBytes} bytes`);
    parts.push(buffer);
  }
  return Buffer.concat(parts).toString();
}

export const callHttp: CallHttp = async ({ url, method, headers, body, options, timeout }, signal) => {
  const until = withTimeout(signal, timeout);
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const send = url.startsWith('https:') ? requestHttps : requestHttp;
  const allHeaders = { ...options.headers, ...headers };
  const request = send(url, { ...options, method, headers: allHeaders, signal: until }, resolve);
  request.on('error', reject).end(body);
  try {
    const response = await promise;
    const text = await readText(response);
    const [mediaType = ''] = (response.headers['content-type'] ?? '').split(';');
    return { status: response.statusCode ?? 0, mediaType: mediaType.trim(), text };
  } catch (error) {
    signal.throwIfAborted();
    const { host } = new URL(url);
    if (isTimeout(until)) throw new Error(`${host} did not answer within ${timeout / 1000} s`, { cause: error });
    throw new Error(`${host} did not answer`, { cause: error });
  }
};
