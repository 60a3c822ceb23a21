import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { SignJWT } from 'jose';

export interface RunningPlatform {
  url: string;
  metricsUrl: string;
  dataDirectory: string;
  process: ChildProcess | undefined;
  /** A token of the tenant's user. */
  token(tenant: string, claims?: Record<string, unknown>): Promise<string>;
  /** A token with these claims alone. */
  sign(claims: Record<string, unknown>): Promise<string>;
  /** Posts and parses; throws for any status but 200. */
  request(path: string, options: { token: string; body: string; contentType?: string }): Promise<unknown>;
  /** Deletes what the benchmark has stored for the tenant. */
  removeTenant(tenant: string): Promise<void>;
  close(): Promise<void>;
}

interface StartOptions {
  /** A platform that runs already. */
  url?: string | undefined;
  /** Its `JWT_SECRET`. */
  secret?: string | undefined;
  env?: NodeJS.ProcessEnv;
  /** What to run instead of every function in one process. */
  script?: string;
  dataDirectory?: string;
}

/** Which engines a benchmark runs on is said as for the platform itself. */
const passedOn = /^(SEARCH_ENGINE|STATE_STORE|DB_PASSWORD)$|^(OPENSEARCH|EMBEDDINGS|REDIS|UPSTASH|LLM)_/;
const engineEnv = (): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(process.env).filter(([name]) => passedOn.test(name)));

/** The next log line that is such an event. */
async function waitForEvent(child: ChildProcess, event: string): Promise<Record<string, unknown>> {
  if (!child.stdout) throw new Error('The process has no output');
  for await (const line of createInterface({ input: child.stdout })) {
    if (!line.startsWith('{')) continue;
    const parsed: Record<string, unknown> = JSON.parse(line);
    if (parsed['event'] === event) return parsed;
  }
  throw new Error(`The process ended before ${event}`);
}

/** Starts the platform on free ports with a folder of its own, or uses the one at `url`. */
export async function startLocal(options: StartOptions = {}): Promise<RunningPlatform> {
  const secret = options.secret ?? randomBytes(32).toString('hex');
  const dataDirectory = options.dataDirectory ?? mkdtempSync(join(tmpdir(), 'genai-'));
  let url = options.url;
  let metricsUrl = '';
  let child: ChildProcess | undefined;
  if (url === undefined) {
    child = spawn(process.execPath, [options.script ?? 'functions/dev.ts'], {
      env: {
        PATH: process.env['PATH'],
        PORT: '0',
        METRICS_PORT: '0',
        DATA_DIR: dataDirectory,
        JWT_SECRET: secret,
        LOG_LEVEL: 'info',
        TENANT_AUTO_CREATE: 'true',
        ...engineEnv(),
        ...options.env,
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const started = await waitForEvent(child, 'started');
    child.stdout?.resume();
    url = `http://127.0.0.1:${started['port']}`;
    metricsUrl = `http://127.0.0.1:${started['metrics_port']}/metrics`;
  }
  const sign = (claims: Record<string, unknown>) =>
    new SignJWT(claims)
      .setProtectedHeader({ alg: 'HS256' })
      .setSubject('bench')
      .setIssuedAt()
      .setExpirationTime('3h')
      .sign(new TextEncoder().encode(secret));
  return {
    url,
    metricsUrl,
    dataDirectory,
    process: child,
    sign,
    token: (tenant, claims = {}) => sign({ tenant_id: tenant, role: 'tenant_admin', ...claims }),
    async removeTenant(tenant) {
      const headers = { authorization: `Bearer ${await sign({ role: 'platform_admin' })}` };
      await fetch(`${url}/v1/tenants/${tenant}`, { method: 'DELETE', headers });
    },
    async request(path, { token, body, contentType = 'application/json' }) {
      const headers = { authorization: `Bearer ${token}`, 'content-type': contentType };
      const response = await fetch(`${url}${path}`, { method: 'POST', headers, body });
      if (response.status !== 200) throw new Error(`${path}: ${response.status} ${await response.text()}`);
      return response.json();
    },
    async close() {
      if (child && child.exitCode === null && child.signalCode === null) {
        const ended = once(child, 'exit');
        child.kill('SIGTERM');
        await ended;
      }
      if (!options.url && !options.dataDirectory) rmSync(dataDirectory, { recursive: true, force: true });
    },
  };
}
