import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getRequestListener } from '@hono/node-server';
import { SignJWT } from 'jose';
import { onTestFinished } from 'vitest';
import { parseEnv } from '#lib/config/env.ts';
import type { LogEvent, Logger } from '#lib/telemetry/logger.ts';
import { expectNoCredential } from './expect-no-credential.ts';
import { engineEnv } from './real-engines.ts';
import { createLocalPlatform, localEnv, type LocalPlatform } from '#functions/local.ts';

export const testSecret = 'a-secret-of-the-tests-that-is-long-enough';

export interface TokenClaims {
  tenant_id?: string;
  role?: string;
  groups?: string[];
  sub?: string;
  [claim: string]: unknown;
}

/** A token of tenant `acme`'s member unless the claims say otherwise; `undefined` removes a claim. */
export function createToken(claims: TokenClaims = {}, { secret = testSecret, expiresIn = '1h' } = {}): Promise<string> {
  const all = { sub: 'user-1', tenant_id: 'acme', role: 'member', ...claims };
  return new SignJWT(JSON.parse(JSON.stringify(all)))
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
    .setIssuedAt()
    .setExpirationTime(expiresIn)
    .sign(new TextEncoder().encode(secret));
}

export interface CallOptions {
  token?: string | undefined;
  json?: unknown;
  body?: string | Uint8Array | FormData;
  headers?: Record<string, string>;
  signal?: AbortSignal;
}

export interface TestPlatform extends LocalPlatform {
  /** Every event that was logged, in order. */
  logged: LogEvent[];
  /** Calls the app as a client would, without a network. `method` is part of the target: `GET /v1/documents`. */
  call(target: string, options?: CallOptions): Promise<Response>;
  /** The same app behind a real HTTP server of its own; gives its URL. */
  listen(): Promise<string>;
  /** The value of a metric line, for example `genai_queries_total{status="success"}`. */
  metric(line: string): Promise<number>;
  /** Creates a tenant as the platform does. */
  addTenant(id: string): Promise<void>;
}

/** All functions in this process on engines of their own, gone when the test is. */
export async function createTestPlatform(env: NodeJS.ProcessEnv = {}): Promise<TestPlatform> {
  const directory = env['DATA_DIR'] ?? mkdtempSync(join(tmpdir(), 'genai-test-'));
  const logged: LogEvent[] = [];
  const record = (level: string) => (event: LogEvent) => void logged.push({ ...event, level });
  const logger: Logger = { info: record('INFO'), warn: record('WARN'), error: record('ERROR'), flush: () => undefined };
  const parsed = parseEnv(localEnv, {
    JWT_SECRET: testSecret,
    TENANT_AUTO_CREATE: 'true',
    CACHE_TTL_SECONDS: '0',
    DATA_DIR: directory,
    ...engineEnv(),
    ...env,
  });
  const platform = await createLocalPlatform(parsed, logger);
  onTestFinished(async () => {
    await platform.close();
    await platform.foundation.close();
    expectNoCredential(logged, { JWT_SECRET: testSecret, ...env });
    if (env['DATA_DIR'] === undefined) rmSync(directory, { recursive: true, force: true });
  });

  async function call(
    target: string,
    { token, json, body, headers = {}, signal }: CallOptions = {},
  ): Promise<Response> {
    const [method = 'GET', path = '/'] = target.split(' ');
    const request = new Request(`http://platform.test${path}`, {
      method,
      headers: {
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(json === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(json === undefined ? {} : { body: JSON.stringify(json) }),
      ...(body === undefined ? {} : { body: body instanceof Uint8Array ? Uint8Array.from(body) : body }),
      ...(signal === undefined ? {} : { signal }),
    });
    return platform.fetch(request);
  }

  return {
    ...platform,
    logged,
    call,
    async listen() {
      const server = createServer(getRequestListener(platform.fetch));
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      onTestFinished(() => {
        server.closeAllConnections();
        server.close();
      });
      return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    },
    async metric(line) {
      const { text } = await platform.foundation.metrics.expose();
      const found = text.split('\n').find((candidate) => candidate.startsWith(`${line} `));
      return found === undefined ? Number.NaN : Number(found.slice(line.length + 1));
    },
    async addTenant(id) {
      const token = await createToken({ role: 'platform_admin', tenant_id: undefined as never });
      const response = await call('POST /v1/tenants', { token, json: { id, name: id } });
      if (response.status !== 201) throw new Error(`The tenant was not created: ${await response.text()}`);
    },
  };
}
