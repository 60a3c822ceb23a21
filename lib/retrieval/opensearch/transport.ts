import { setTimeout as wait } from 'node:timers/promises';
import { Client } from '@opensearch-project/opensearch';
import { isTimeout, withTimeout } from '#lib/core/abort.ts';
import { ApiError } from '#lib/core/api-error.ts';
import type { CircuitBreaker } from '#lib/core/circuit-breaker.ts';
import { createGate, type QueueReport } from '#lib/core/gate.ts';
import { createRetryBudget } from '#lib/core/retry-budget.ts';
import type { TenantRef } from '#lib/tenancy/state-key.ts';
import { toTraceHeaders } from '#lib/telemetry/tracing/trace-context.ts';
import { createEngineSpans } from './engine-spans.ts';
import { isOutage, isPassing, toSearchError } from './errors.ts';
import { QuietConnection } from './quiet-connection.ts';
import type { MintTenantToken } from './tenant-tokens.ts';

export interface EngineCall {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE' | 'HEAD';
  path: string;
  query?: Record<string, string>;
  /** JSON; lines of it where it is a text. */
  body?: object | string;
}

export interface CallOptions {
  /** Milliseconds of each try. */
  timeout: number;
  tries: number;
}

/** Whose credential a call carries: one tenant's, or that of the platform's own user, who manages indices. */
export type Identity = TenantRef | 'platform';

/**
 * The one way to OpenSearch: with the identity's credential, within its time, at most so many at once,
 * retried while the retry budget lasts, and not at all while the breaker is open. Throws
 * `search_unavailable`, `storage_full`, `EngineRefusal`, the signal's reason, or the client's
 * `ResponseError` for what the caller may know how to take.
 */
export interface Transport {
  send(identity: Identity, call: EngineCall, options: CallOptions, signal: AbortSignal): Promise<unknown>;
  close(): Promise<void>;
}

export interface TransportOptions {
  url: string;
  username: string | undefined;
  password: string | undefined;
  /** PEM text of the authority that signed the engine's certificate. */
  authority: string | undefined;
  /** Where it is set each tenant's calls carry a token of that tenant, else the platform's password. */
  mintTenantToken: MintTenantToken | undefined;
  createBreaker: (probe: () => Promise<unknown>, isFailure: (error: unknown) => boolean) => CircuitBreaker;
  queue?: QueueReport | undefined;
}

const maxInFlight = 64;
const maxWaiting = 1_000;
const maxWaitMilliseconds = 1_500;
const probeMilliseconds = 1_500;

export function createTransport(options: TransportOptions): Transport {
  const { url, username, password, authority, mintTenantToken } = options;
  const client = new Client({
    node: url,
    maxRetries: 0,
    Connection: QuietConnection,
    ...(authority === undefined ? {} : { ssl: { ca: authority } }),
  });
  const trace = createEngineSpans(url);
  const gate = createGate({ limit: maxInFlight, queue: maxWaiting, report: options.queue });
  const budget = createRetryBudget();
  const basic =
    username === undefined ? undefined : `Basic ${Buffer.from(`${username}:${password ?? ''}`).toString('base64')}`;

  const isTenantToken = (identity: Identity) => identity !== 'platform' && mintTenantToken !== undefined;

  async function authorize(identity: Identity): Promise<Record<string, string>> {
    const isTenant = identity !== 'platform' && mintTenantToken;
    const authorization = isTenant ? await mintTenantToken(identity.tenantId) : basic;
    return authorization === undefined ? {} : { authorization };
  }

  async function request(
    { method, path, query, body }: EngineCall,
    headers: Record<string, string>,
    timeout: number,
    signal: AbortSignal,
  ): Promise<unknown> {
    signal.throwIfAborted();
    const content = typeof body === 'string' ? { bulkBody: body } : body === undefined ? {} : { body };
    const call = client.transport.request(
      { method, path, ...(query ? { querystring: query } : {}), ...content },
      { headers: { ...headers, ...toTraceHeaders() }, requestTimeout: timeout, maxRetries: 0 },
    );
    // What `abort` gives is a thenable that rejects: an event listener must not return it.
    const onAbort = () => void call.abort();
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      return (await call).body;
    } catch (error) {
      signal.throwIfAborted();
      throw error;
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }

  const probe = async () =>
    request(
      { method: 'GET', path: '/' },
      await authorize('platform'),
      probeMilliseconds,
      AbortSignal.timeout(probeMilliseconds),
    );
  const breaker = options.createBreaker(probe, isOutage);

  async function enter(signal: AbortSignal): Promise<() => void> {
    const limited = withTimeout(signal, maxWaitMilliseconds);
    try {
      return await gate.enter(limited);
    } catch (error) {
      signal.throwIfAborted();
      if (!isTimeout(limited)) throw error;
      options.queue?.refused();
      throw new ApiError('overloaded', undefined, { cause: error, retryAfter: 1 });
    }
  }

  async function attempt(identity: Identity, call: EngineCall, timeout: number, signal: AbortSignal): Promise<unknown> {
    const headers = await authorize(identity);
    const leave = await enter(signal);
    try {
      return await trace(call, () => breaker.run(() => request(call, headers, timeout, signal)));
    } finally {
      leave();
    }
  }

  return {
    async send(identity, call, { timeout, tries }, signal) {
      budget.earn();
      for (let tried = 1; ; tried += 1) {
        try {
          return await attempt(identity, call, timeout, signal);
        } catch (error) {
          signal.throwIfAborted();
          const isLast = tried >= tries || !isPassing(error) || !budget.spend();
          if (isLast) throw toSearchError(error, { hasTenantToken: isTenantToken(identity) });
          await wait(20 * tried + Math.random() * 50, undefined, { signal });
        }
      }
    },
    async close() {
      breaker.close();
      await client.close();
    },
  };
}
