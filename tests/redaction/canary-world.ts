import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startOtlpReceiver } from '#tests/support/otlp-receiver.ts';
import { createToken, type TokenClaims } from '#tests/support/platform.ts';
import { startServer, type RunningServer } from '#tests/http/server-process.ts';
import { createCanary } from './canary.ts';
import { startEchoingProvider, type EchoingProvider } from './echoing-provider.ts';
import { providerIds, toCatalogue } from './provider-catalogue.ts';

/** What one request came to. */
export interface Exchange {
  target: string;
  status: number;
  /** Its head and its body. */
  text: string;
}

interface AskOptions {
  token?: string;
  json?: unknown;
  body?: string | FormData;
  headers?: Record<string, string>;
  /** Who is asked, where it is not the platform itself. */
  url?: string;
}

/** Where telemetry goes. */
export interface Sinks {
  output: string;
  metrics: string;
  /** Spans and metrics, as a collector gets them. */
  exported: string;
}

/** A platform in a process of its own whose every input holds a canary. */
export interface CanaryWorld {
  server: RunningServer;
  provider: EchoingProvider;
  /** By what they were planted in: those that the platform is configured with, and those of its clients. */
  secrets: Record<string, string>;
  planted: Record<string, string>;
  /** The canary of that name; a text, where one is given, is made one. */
  plant(name: string, text?: string): string;
  /** A token of the tenant `acme`, of which the signature is planted. */
  createToken(claims?: TokenClaims): Promise<string>;
  exchanges: Exchange[];
  /** Of the trace that all requests are part of: without a valid one nobody looks at its state. */
  traceId: string;
  /** Sends a request whose every header holds a canary. */
  ask(target: string, options?: AskOptions): Promise<Exchange>;
  /** Ends the process, as Knative does, and gives all that it has told of itself. */
  finish(): Promise<Sinks>;
  /** Where it keeps its files. */
  directory: string;
  close(): Promise<void>;
}

export async function startCanaryWorld(env: Record<string, string> = {}): Promise<CanaryWorld> {
  const [provider, collector] = await Promise.all([startEchoingProvider(), startOtlpReceiver()]);
  const secrets: Record<string, string> = {};
  const planted: Record<string, string> = {};
  const exchanges: Exchange[] = [];
  const traceId = randomBytes(16).toString('hex');
  const addTo =
    (canaries: Record<string, string>) =>
    (name: string, text = createCanary()): string =>
      (canaries[name] ??= text);
  const [secret, plant] = [addTo(secrets), addTo(planted)];
  // At least 32 bytes.
  const directory = mkdtempSync(join(tmpdir(), 'genai-canaries-'));
  const signing = secret('JWT_SECRET').repeat(2);

  const server = await startServer({
    LOG_LEVEL: 'trace',
    JWT_SECRET: signing,
    PROVIDER_KEY_SECRET: secret('PROVIDER_KEY_SECRET').repeat(2),
    LLM_CATALOG: JSON.stringify(toCatalogue(provider)),
    LLM_PROVIDER_KEYS: JSON.stringify(
      Object.fromEntries(providerIds.map((id) => [id, secret(`LLM_PROVIDER_KEYS ${id}`)])),
    ),
    EMBEDDINGS_BASE_URL: provider.url('good'),
    EMBEDDINGS_API_KEY: secret('EMBEDDINGS_API_KEY'),
    EMBEDDINGS_MODEL: 'embedding-good',
    EMBEDDINGS_DIMENSIONS: '8',
    DATA_DIR: directory,
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    ...env,
  });

  async function ask(
    target: string,
    { token, json, body, headers = {}, url = server.url }: AskOptions = {},
  ): Promise<Exchange> {
    const [method = '', path = ''] = target.split(' ');
    const response = await fetch(`${url}${path}`, {
      method,
      redirect: 'manual',
      headers: {
        'user-agent': plant('user-agent'),
        cookie: `session=${plant('cookie')}`,
        referer: `https://example.com/?q=${plant('referer')}`,
        'x-forwarded-for': plant('x-forwarded-for'),
        'x-request-id': `not an id ${plant('x-request-id')}`,
        traceparent: `00-${traceId}-${randomBytes(8).toString('hex')}-01`,
        tracestate: `vendor=${plant('tracestate')},${plant('tracestate key')}=1`,
        baggage: `user=${plant('baggage')}`,
        'x-anything': plant('x-anything'),
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(json === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(json === undefined ? {} : { body: JSON.stringify(json) }),
      ...(body === undefined ? {} : { body }),
    });
    const head = JSON.stringify([response.statusText, ...response.headers]);
    const exchange = { target, status: response.status, text: `${head}\n${await response.text()}` };
    exchanges.push(exchange);
    return exchange;
  }

  return {
    server,
    provider,
    secrets,
    planted,
    plant,
    async createToken(claims) {
      const token = await createToken(claims, { secret: signing });
      plant(`token ${JSON.stringify(claims)}`, token.split('.')[2]);
      return token;
    },
    exchanges,
    traceId,
    ask,
    async finish() {
      const metrics = await (await fetch(server.metricsUrl)).text();
      server.terminate();
      await server.exited;
      return { output: server.output(), metrics, exported: collector.bodies.join('\n') };
    },
    directory,
    async close() {
      await server.stop();
      await Promise.all([provider.close(), collector.close()]);
      rmSync(directory, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
