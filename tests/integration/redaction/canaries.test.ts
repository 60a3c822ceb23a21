import { describe, expect, test } from 'vitest';
import { startCanaryWorld, type CanaryWorld } from '#tests/redaction/canary-world.ts';
import { testCanaries } from '#tests/redaction/canary-suite.ts';
import { startRedisServer, type RedisServer } from '#tests/support/redis-server.ts';
import { startAnsweringProxy, type AnsweringProxy } from '../support/answering-proxy.ts';
import { openServer } from '../support/opensearch.ts';
import { findFailedCommands } from './runbook-commands.ts';

let redis: RedisServer;
let search: AnsweringProxy;
let log = '';

/** Redis, and OpenSearch behind what can answer in its place. */
async function start(): Promise<CanaryWorld> {
  const ends: (() => unknown)[] = [];
  const endWith = (end: () => unknown) => void ends.push(end);
  redis = await startRedisServer({ password: 'a-password-of-redis', endWith });
  search = await startAnsweringProxy(openServer().url, { endWith });
  const world = await startCanaryWorld({
    STATE_STORE: 'redis',
    REDIS_URL: redis.url,
    SEARCH_ENGINE: 'opensearch',
    OPENSEARCH_URL: search.url,
  });
  return {
    ...world,
    async finish() {
      const sinks = await world.finish();
      log = sinks.output;
      return sinks;
    },
    async close() {
      await world.close();
      for (const end of ends) await end();
    },
  };
}

/** OpenSearch repeats the request in its errors, with each status; then Redis is gone. */
async function plantMore({ ask, plant, createToken, provider }: CanaryWorld): Promise<void> {
  const token = await createToken();
  const admin = await createToken({ role: 'tenant_admin' });
  const documents = [{ id: 'refused', title: plant('refused title'), text: plant('refused text') }];
  for (const status of [400, 403, 413, 429, 500, 503]) {
    search.intercept(({ path, body }) => {
      const error = { type: 'parse_exception', reason: `can't parse ${path} ${body}`, root_cause: [{ reason: body }] };
      return Promise.resolve({ status, body: JSON.stringify({ status, error }) });
    });
    await ask('POST /v1/search', { token, json: { query: plant('query to a broken engine') } });
    await ask('POST /v1/documents', { token, json: { documents } });
    // Its intent finds no place in the audit trail.
    await ask('POST /v1/tenants/acme/keys', { token: admin, json: { name: plant('key not made'), role: 'reader' } });
  }
  search.intercept(() => Promise.resolve({ status: 200, body: `<p>${plant('query to a broken engine')}</p>` }));
  await ask('POST /v1/search', { token, json: { query: plant('query to a broken engine') } });
  search.intercept(undefined);
  provider.beforeLate(() => redis.kill());
  const messages = [{ role: 'user', content: plant('message that can not be settled') }];
  await ask('POST /v1/chat/completions', { token, json: { model: 'chat-late', messages } });
  for (let times = 0; times < 8; times += 1)
    await ask('POST /v1/query', {
      token,
      json: { question: plant('question without a store') },
      headers: { 'idempotency-key': plant('key without a store') },
    });
}

describe('on Redis and OpenSearch', () => {
  testCanaries({ start, plantMore, statuses: [200, 201, 204, 400, 401, 403, 404, 409, 413, 500, 502, 503] });

  test('the commands of the runbooks find what has happened', async () => {
    expect(await findFailedCommands(log)).toEqual([]);
  });
});
