import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { findFreePort } from '#tests/support/free-port.ts';
import { startFaultProxy } from '#tests/support/fault-proxy.ts';
import { createToken } from '#tests/support/platform.ts';
import { startProcess, temporaryDirectory, type PlatformProcess } from '#tests/support/process.ts';
import { startRedisServer } from '#tests/support/redis-server.ts';
import { startUpstashBridge } from '#tests/support/upstash-bridge.ts';
import { passTime } from './open-store.ts';

async function search({ url }: PlatformProcess, tenant = 'acme'): Promise<Response> {
  const token = await createToken({ tenant_id: tenant });
  return fetch(`${url}/v1/search`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ query: 'anything' }),
  });
}

const start = (env: NodeJS.ProcessEnv, name = 'search'): Promise<PlatformProcess> =>
  startProcess(
    temporaryDirectory(),
    { STATE_STORE: 'redis', TENANT_AUTO_CREATE: 'true', ...env },
    `functions/${name}/main.ts`,
  );

async function expectUnavailable(process: PlatformProcess): Promise<void> {
  const response = await search(process);
  expect(response.status).toBe(503);
  expect(response.headers.get('retry-after')).toBe('2');
  const text = await response.text();
  expect(JSON.parse(text)).toMatchObject({ code: 'state_unavailable', retry_after: 2 });
  expect(text).not.toMatch(/redis|127\.0\.0\.1|ECONN|WRONGPASS/i);
}

test('a process that starts without its Redis serves no tenant it does not know, and all once Redis is there', async () => {
  const redis = await startRedisServer();
  const proxy = await startFaultProxy({ port: redis.port });
  await proxy.setMode('down');
  const process = await start({ REDIS_URL: `redis://${proxy.host}:${proxy.port}` });
  for (let time = 0; time < 8; time += 1) await expectUnavailable(process);
  expect((await fetch(`${process.url}/readyz`)).status).toBe(200);
  await proxy.setMode('pass');
  await vi.waitFor(async () => expect((await search(process)).status).toBe(200), { timeout: 6_000, interval: 50 });
});

test('two processes share what is in Redis', async () => {
  const redis = await startRedisServer({ password: 'secret' });
  const env = { REDIS_URL: redis.url };
  const [tenants, one, other] = await Promise.all([start(env, 'tenants'), start(env), start(env)]);
  const token = await createToken({ role: 'platform_admin', tenant_id: undefined as never });
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  expect((await search(one)).status).toBe(200);
  expect((await search(other)).status).toBe(200);
  const suspended = await fetch(`${tenants.url}/v1/tenants/acme/suspend`, { method: 'POST', headers });
  expect(suspended.ok).toBe(true);
  await passTime(600);
  expect((await search(one)).status).toBe(403);
  expect((await search(other)).status).toBe(403);
});

test('no password, token or URL reaches the log, whatever is wrong with them', async () => {
  const redis = await startRedisServer({ password: 'the-right-one' });
  const closed = await findFreePort();
  const bridge = await startUpstashBridge({ redis });
  const secrets = ['planted-in-the-url', 'planted-in-the-variable', 'planted-token'];
  const environments = [
    { REDIS_URL: `redis://:${secrets[0]}@${redis.host}:${redis.port}` },
    { REDIS_URL: `redis://someone:${secrets[0]}@${redis.host}:${redis.port}` },
    { REDIS_URL: `rediss://:${secrets[0]}@${redis.host}:${redis.port}` },
    { REDIS_URL: `redis://:${secrets[0]}@${redis.host}:${closed}`, DB_PASSWORD: secrets[1] },
    { REDIS_URL: `redis://:${secrets[0]}@${redis.host}:${redis.port}`, REDIS_CLUSTER: 'true' },
    { STATE_STORE: 'upstash', UPSTASH_REDIS_REST_URL: bridge.url, UPSTASH_REDIS_REST_TOKEN: secrets[2] },
  ];
  for (const environment of environments) {
    const process = await start(environment);
    for (let time = 0; time < 6; time += 1) await expectUnavailable(process);
    process.child.kill('SIGTERM');
    expect(await process.exit).toBe(0);
    const output = [...process.lines, ...process.errors].join('\n');
    expect(output).toContain('dependency_down');
    for (const secret of secrets) expect(output).not.toContain(secret);
  }
});

test('a server behind TLS is used where its certificate is trusted, and not where it is not', async () => {
  const directory = temporaryDirectory();
  const [key, certificate] = [join(directory, 'key.pem'), join(directory, 'certificate.pem')];
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
  execFileSync(
    'openssl',
    ['req', '-x509', '-newkey', 'ed25519', '-nodes', '-keyout', key, '-out', certificate, ...subject],
    {
      stdio: 'ignore',
    },
  );
  const port = await findFreePort();
  const config = {
    'tls-port': String(port),
    'tls-cert-file': certificate,
    'tls-key-file': key,
    'tls-auth-clients': 'no',
  };
  await startRedisServer({ config });
  const env = { REDIS_URL: `rediss://localhost:${port}` };
  const trusting = await start({ ...env, NODE_EXTRA_CA_CERTS: certificate });
  expect((await search(trusting)).status).toBe(200);
  await expectUnavailable(await start(env));
});
