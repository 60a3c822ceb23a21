import { expect, vi } from 'vitest';
import { startFaultProxy, type FaultProxy } from '#tests/support/fault-proxy.ts';
import { createTestPlatform, createToken, type TestPlatform } from '#tests/support/platform.ts';
import { startRedisServer, type RedisServer, type RedisServerOptions } from '#tests/support/redis-server.ts';
import { passTime } from './open-store.ts';

export interface DrivenPlatform {
  platform: TestPlatform;
  /** Searches one after the other over HTTP as a user of the tenant; gives their status. */
  search(tenant: string, times?: number): Promise<number[]>;
  send(method: string, path: string, json?: object, token?: string): Promise<Response>;
  breaker(): Promise<number>;
  events(name: string): unknown[];
  /** The network before the store, where it can be broken. */
  proxy: FaultProxy | undefined;
}

export interface DrivenRedis extends DrivenPlatform {
  redis: RedisServer;
  proxy: FaultProxy;
}

export const adminToken = (): Promise<string> => createToken({ role: 'platform_admin', tenant_id: undefined as never });

/** All functions on the store of these variables; tenant `acme` is known to them. */
export async function drivePlatform(variables: Record<string, string>, proxy?: FaultProxy): Promise<DrivenPlatform> {
  const platform = await createTestPlatform(variables);
  const url = await platform.listen();

  async function send(method: string, path: string, json?: object, token?: string): Promise<Response> {
    return fetch(`${url}${path}`, {
      method,
      headers: {
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(json === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(json === undefined ? {} : { body: JSON.stringify(json) }),
    });
  }

  async function search(tenant: string, times = 1): Promise<number[]> {
    const token = await createToken({ tenant_id: tenant });
    const statuses: number[] = [];
    for (let time = 0; time < times; time += 1) {
      const response = await send('POST', '/v1/search', { query: 'anything' }, token);
      await response.arrayBuffer();
      statuses.push(response.status);
    }
    return statuses;
  }

  const breaker = () => platform.metric('genai_circuit_breaker_state{dependency="state"}');
  expect(await search('acme')).toEqual([200]);
  expect(await breaker()).toBe(0);
  const events = (name: string) => platform.logged.filter(({ event }) => event === name);
  return { platform, proxy, send, search, breaker, events };
}

/** The same on a Redis of their own, behind a network that can be broken. */
export async function driveRedis(options: RedisServerOptions = {}, user = ''): Promise<DrivenRedis> {
  const redis = await startRedisServer(options);
  const proxy = await startFaultProxy({ port: redis.port });
  if (user !== '') await redis.command('ACL', 'SETUSER', user, 'on', `>password-of-${user}`, '~*', '+@all');
  const variables = {
    STATE_STORE: 'redis',
    // Through an outage each process keeps to its part of a tenant's limits: this one has all of them.
    MAX_PODS: '1',
    REDIS_URL: `redis://${user === '' ? '' : `${user}:password-of-${user}@`}${proxy.host}:${proxy.port}`,
    ...(redis.password === undefined || user !== '' ? {} : { DB_PASSWORD: redis.password }),
  };
  return { ...(await drivePlatform(variables, proxy)), redis, proxy };
}

/** What was read of the tenant is no longer fresh after this. */
export const letCacheAge = (): Promise<void> => passTime(550);

const all200 = (times: number): number[] => Array.from({ length: times }, () => 200);

/** The store is out: five requests may find out, and no request of a known tenant fails or waits any more. */
export async function expectOutage({ search, breaker, events, proxy, send }: DrivenPlatform): Promise<void> {
  expect(await search('acme', 5)).toEqual(all200(5));
  await vi.waitFor(async () => expect(await breaker()).toBe(2), { timeout: 1_000, interval: 5 });
  expect(events('dependency_down')).toMatchObject([{ dependency: 'state' }]);

  const received = proxy?.received;
  const started = performance.now();
  expect(await search('acme', 60)).toEqual(all200(60));
  expect(performance.now() - started, '60 requests that waited for the budget take 4.5 s').toBeLessThan(3_000);
  expect(proxy?.received, 'nothing is sent').toBe(received);

  const unknown = await send('POST', '/v1/search', { query: 'x' }, await createToken({ tenant_id: 'beta' }));
  expect(unknown.status).toBe(503);
  expect(unknown.headers.get('retry-after')).toBe('2');
  expect(await unknown.json()).toMatchObject({ code: 'state_unavailable', retry_after: 2 });
  expect((await send('GET', '/readyz')).status).toBe(200);
  expect((await send('GET', '/healthz')).status).toBe(200);
}

/** The store is back: within 6 s it is used again, by the same process. */
export async function expectRecovery({ search, breaker, events }: DrivenPlatform): Promise<void> {
  await vi.waitFor(async () => expect(await breaker()).toBe(0), { timeout: 6_000, interval: 20 });
  expect(await search('acme')).toEqual([200]);
  expect(await search('beta'), 'a tenant can be registered').toEqual([200]);
  expect(events('dependency_up')).toHaveLength(1);
}
