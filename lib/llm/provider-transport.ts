import type { Dispatcher } from 'undici';
import * as v from 'valibot';
import { isWord } from '#lib/core/is-word.ts';
import { toTraceParent } from '#lib/telemetry/tracing/trace-context.ts';
import type { ModelTarget } from './model-router.ts';
import { ProviderError } from './provider-error.ts';
import { sendRequest, type ProviderBody } from './provider-response.ts';

/** HTTP to providers: by undici, whose connections are closed as soon as a call is given up. */
export interface ProviderTransport {
  /**
   * The body of a 200. Throws `ProviderError` for any other status, what the network throws, or the signal's reason.
   */
  post(target: ModelTarget, path: string, body: object, signal: AbortSignal): Promise<ProviderBody>;
  close(): Promise<void>;
}

const ErrorSchema = v.looseObject({
  error: v.looseObject({ type: v.nullish(v.string(), ''), code: v.nullish(v.union([v.string(), v.number()]), '') }),
});

const connectMilliseconds = 5_000;
/** Below the minute after which most load balancers close an idle connection. */
const keepAliveMilliseconds = 30_000;
const maxErrorBytes = 16 * 1024;

async function createAgent(connections: number): Promise<Dispatcher> {
  const { Agent } = await import('undici');
  return new Agent({
    connections,
    allowH2: false,
    keepAliveTimeout: keepAliveMilliseconds,
    keepAliveMaxTimeout: keepAliveMilliseconds,
    // The signal holds the limits, from the first byte to the last.
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: { timeout: connectMilliseconds },
  });
}

/** The text of a body. Leaves one that is longer than allowed. */
export async function readText(body: ProviderBody, maxBytes: number): Promise<string> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of body) {
    size += part.byteLength;
    if (size > maxBytes) throw new ProviderError('The response is too large');
    parts.push(part);
  }
  return Buffer.concat(parts).toString();
}

/** The kind of an error, which tells an operator what to do. Whatever is no word could repeat the prompt or the key, and is left out. */
async function describeError(body: ProviderBody): Promise<string> {
  try {
    const { error } = v.parse(ErrorSchema, JSON.parse(await readText(body, maxErrorBytes)));
    const words = [error.type, error.code].filter(isWord);
    return words.length > 0 ? ` (${words.join(' ')})` : '';
  } catch {
    return '';
  }
}

interface TransportOptions {
  /** To each provider; more calls wait for one of them, within the time that the first word may take. */
  connections?: number;
}

export function createProviderTransport({ connections = 1_000 }: TransportOptions = {}): ProviderTransport {
  let agent: Promise<Dispatcher> | undefined;
  return {
    async post({ model, apiKey }, path, json, signal) {
      if (!model.provider) throw new ProviderError(`The model ${model.id} has no provider`);
      agent ??= createAgent(connections);
      const dispatcher = await agent;
      const url = new URL(`${model.provider.baseUrl.replace(/\/+$/, '')}/${path}`);
      const options = {
        origin: url.origin,
        path: `${url.pathname}${url.search}`,
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          ...toTraceParent(),
          ...(apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` }),
        },
        body: JSON.stringify(json),
      };
      const { statusCode, retryAfter, body } = await sendRequest(dispatcher, options, signal);
      if (statusCode === 200) return body;
      throw new ProviderError(`The provider's status is ${statusCode}${await describeError(body)}`, {
        statusCode,
        responseHeaders: retryAfter === undefined ? {} : { 'retry-after': retryAfter },
      });
    },
    close: async () => (await agent)?.destroy(),
  };
}
