import { expect, test } from 'vitest';
import { createPlatformAdmin } from '#tests/functions/tenants/admin.ts';
import { accountOf } from '#lib/tenancy/tenant.ts';
import { parseTenantId } from '#lib/tenancy/tenant-id.ts';
import { createTestPlatform, createToken } from '#tests/support/platform.ts';
import { startProcess, temporaryDirectory } from '#tests/support/process.ts';
import { startRedisServer, stateEnvOf } from '#tests/support/redis-server.ts';
import { calm } from '#tests/support/scope.ts';
import { openRedisBooks } from './books.ts';
import { chargeOf, startProvider, toCatalogue } from './provider.ts';

const streams = 20;

test('on SIGTERM streams go on to their end, one that is left is settled as well, and the process ends with 0', async () => {
  const chunks = Array.from({ length: 60 }, () => 'word');
  const upstream = await startProvider({ chunks, delay: 30, usage: 'counted' });
  const redis = await startRedisServer();
  const store = stateEnvOf(redis);
  const platform = await createTestPlatform(store);
  const budget = { dollars: 1, period: 'total' };
  const json = { id: 'acme', name: 'acme', budget };
  const admin = await createPlatformAdmin();
  expect((await platform.call('POST /v1/tenants', { token: admin, json })).status).toBe(201);
  const record = await platform.foundation.tenants.find(parseTenantId('acme') ?? expect.fail(), calm);
  const books = openRedisBooks(redis, accountOf(record ?? expect.fail()));

  const env = { ...store, LLM_CATALOG: toCatalogue(upstream) };
  const { url, child, exit } = await startProcess(temporaryDirectory(), env, 'functions/chat/main.ts');
  const token = await createToken();
  const left = new AbortController();
  const read = async (index: number): Promise<string> => {
    const response = await fetch(`${url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({
        model: 'simulated',
        messages: [{ role: 'user', content: 'Hello?' }],
        max_tokens: 100,
        stream: index % 2 === 0,
      }),
      ...(index === 0 ? { signal: left.signal } : {}),
    });
    expect(response.status).toBe(200);
    return response.text();
  };
  const reading = Array.from({ length: streams }, (_, index) => read(index));
  await expect.poll(() => upstream.calls.filter(({ chunksSent }) => chunksSent > 5).length).toBe(streams);
  child.kill('SIGTERM');
  left.abort();
  const answers = await Promise.allSettled(reading);
  expect(answers.map(({ status }) => status)).toEqual(['rejected', ...Array(streams - 1).fill('fulfilled')]);
  for (const [index, answer] of answers.entries()) {
    if (answer.status === 'fulfilled' && index % 2 === 0) expect(answer.value).toContain('data: [DONE]');
  }
  expect(await exit).toBe(0);

  const entries = await books.entries();
  expect(entries).toHaveLength(streams);
  const cut = entries.find(({ outcome }) => outcome !== 'success') ?? expect.fail();
  expect(cut).toMatchObject({ outcome: 'aborted', estimated: true });
  const spent = entries.reduce((sum, { nanodollars }) => sum + nanodollars, 0);
  const whole = upstream.calls.filter(({ isComplete }) => isComplete);
  expect(spent - cut.nanodollars).toBe(whole.reduce((sum, call) => sum + chargeOf(call), 0));
  expect((await books.budgets())['tenant/total']).toEqual({ spent, reserved: 0 });
  expect(await books.leases()).toBe(0);
});

test('on SIGTERM a request with a key goes on without its client, and another process gives its answer', async () => {
  const chunks = Array.from({ length: 60 }, () => 'word');
  const upstream = await startProvider({ chunks, delay: 30, usage: 'counted' });
  const redis = await startRedisServer();
  const env = {
    ...stateEnvOf(redis),
    TENANT_AUTO_CREATE: 'true',
    LLM_CATALOG: toCatalogue(upstream),
  };
  const [first, second] = [
    await startProcess(temporaryDirectory(), env, 'functions/chat/main.ts'),
    await startProcess(temporaryDirectory(), env, 'functions/chat/main.ts'),
  ];
  const token = await createToken();
  const ask = (url: string, signal?: AbortSignal) =>
    fetch(`${url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', 'idempotency-key': 'shutdown' },
      body: JSON.stringify({ model: 'simulated', messages: [{ role: 'user', content: 'Hello?' }], stream: true }),
      ...(signal ? { signal } : {}),
    });
  const left = new AbortController();
  await ask(first.url, left.signal);
  await expect.poll(() => upstream.calls[0]?.chunksSent ?? 0).toBeGreaterThan(5);
  left.abort();
  first.child.kill('SIGTERM');
  expect(await first.exit).toBe(0);

  const again = await ask(second.url);
  expect(again.headers.get('idempotency-replayed')).toBe('true');
  expect((await again.text()).match(/word/g)).toHaveLength(60);
  expect(upstream.calls).toHaveLength(1);
});
