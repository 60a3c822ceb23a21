import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { accountOf } from '#lib/tenancy/tenant.ts';
import { parseTenantId } from '#lib/tenancy/tenant-id.ts';
import { dayOf } from '#lib/usage/ledger-entry.ts';
import { tower } from '#tests/functions/query/tower.ts';
import { createPlatformAdmin } from '#tests/functions/tenants/admin.ts';
import { createToken } from '#tests/support/platform.ts';
import { calm } from '#tests/support/scope.ts';
import type { Reply } from '#tests/support/upstream.ts';
import { createChatWorld, hello, useProviders } from './world.ts';

const use = useProviders();

/** A tenant that may have one request under way, and one document. */
async function createWorld(env: NodeJS.ProcessEnv = {}) {
  const world = await createChatWorld(use, env);
  const id = 'narrow';
  const limits = { concurrent_requests: 1 };
  const admin = await createPlatformAdmin();
  expect((await world.call('POST /v1/tenants', { token: admin, json: { id, name: id, limits } })).status).toBe(201);
  const token = await createToken({ tenant_id: id });
  const record = await world.foundation.tenants.find(parseTenantId(id) ?? expect.fail(), calm);
  const account = accountOf(record ?? expect.fail());
  const entries = async () => {
    const day = dayOf({ at: new Date().toISOString() });
    const found = await Array.fromAsync(world.foundation.state.usage.entries(account, day, calm));
    return found.filter(({ kind }) => kind === 'chat');
  };
  return { ...world, token, entries };
}

type World = Awaited<ReturnType<typeof createWorld>>;

const chat = { model: 'large', messages: hello };
const question = { question: 'How tall is the tower?' };

const requests = {
  'a streamed chat': { path: '/v1/chat/completions', body: { ...chat, stream: true }, accept: '*/*' },
  'a chat': { path: '/v1/chat/completions', body: chat, accept: '*/*' },
  'a streamed query': { path: '/v1/query', body: question, accept: 'text/event-stream' },
  'a query': { path: '/v1/query', body: question, accept: 'application/json' },
} as const;
type Name = keyof typeof requests;
const names: Name[] = ['a streamed chat', 'a chat', 'a streamed query', 'a query'];

/** Sends it; gives the function that leaves, and when that was. */
function send({ url }: World, token: string, name: Name): () => number {
  const { path, body, accept } = requests[name];
  const left = new AbortController();
  void fetch(`${url}${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', accept },
    body: JSON.stringify(body),
    signal: left.signal,
  })
    .then((response) => response.text())
    .catch(() => undefined);
  return () => {
    left.abort();
    return performance.now();
  };
}

async function isLetIn({ call }: World, token: string): Promise<boolean> {
  const response = await call('POST /v1/chat/completions', { token, json: chat });
  await response.text();
  return response.status === 200;
}

/** Its only place is there for the next request. */
async function expectFree(world: World, leftAt: number): Promise<void> {
  use.upstream.reply({ chunks: ['Hello'], usage: 'counted' });
  await vi.waitFor(async () => expect(await isLetIn(world, world.token)).toBe(true), { timeout: 1_000, interval: 10 });
  expect(performance.now() - leftAt).toBeLessThan(200);
}

interface Phase {
  reply: Reply;
  hasBegun: () => boolean;
  /** Whether a call of the model is open in it. */
  isOpen: boolean;
}

const phases: Record<string, Phase> = {
  'waiting for the first word': {
    reply: { chunks: ['never'], firstDelay: 60_000 },
    hasBegun: () => use.upstream.calls.length > 0,
    isOpen: true,
  },
  'in the middle of the answer': {
    reply: { chunks: Array.from({ length: 1_000 }, () => 'word'), delay: 10 },
    hasBegun: () => (use.upstream.calls[0]?.chunksSent ?? 0) > 10,
    isOpen: true,
  },
  'before a failed call is tried again': {
    reply: { chunks: [], fault: { kind: 'status', status: 503, retryAfter: '10' } },
    hasBegun: () => use.upstream.calls.length > 0,
    isOpen: false,
  },
};

describe.each(Object.entries(phases))('%s', (_, { reply, hasBegun, isOpen }) => {
  test.each(names)('%s that is left closes its call, frees its place, and is settled', { retry: 2 }, async (name) => {
    use.upstream.calls.splice(0);
    use.spare.calls.splice(0);
    const world = await createWorld();
    await world.call('POST /v1/documents', { token: world.token, json: { documents: [tower] } });
    use.upstream.reply(reply);
    const leave = send(world, world.token, name);
    await expect.poll(hasBegun, { interval: 5 }).toBe(true);
    expect(await isLetIn(world, world.token), 'the place is taken').toBe(false);
    const leftAt = leave();
    const [call = expect.fail()] = use.upstream.calls;
    if (isOpen) expect(Number(await Promise.race([call.aborted, wait(2_000)])) - leftAt).toBeLessThan(100);
    await expectFree(world, leftAt);

    const entry = (await world.entries()).find(({ outcome }) => outcome !== 'success') ?? expect.fail();
    expect(entry.outcome).toBe(isOpen ? 'aborted' : 'failed');
    // What lay between the two was made, and had not arrived.
    expect(Math.abs(entry.output_tokens - call.billed.output)).toBeLessThan(10);
    // The one that was let in afterwards is the second.
    expect(use.upstream.calls).toHaveLength(2);
    expect(use.spare.calls).toHaveLength(0);
  });
});

test.each(names)('%s that is left while others are before it is never begun', async (name) => {
  const world = await createWorld({ MAX_IN_FLIGHT: '1' });
  use.upstream.reply({ chunks: [], fault: { kind: 'silence' } });
  const leaveFirst = send(world, await createToken({ tenant_id: 'first' }), 'a chat');
  await expect.poll(() => use.upstream.calls.length).toBe(1);
  const leave = send(world, world.token, name);
  const next = await createToken({ tenant_id: 'next' });
  await wait(50);
  leave();
  await wait(50);
  const answer = isLetIn(world, next);
  use.upstream.reply({ chunks: ['Hello'], usage: 'counted' });
  const leftAt = leaveFirst();
  expect(await answer).toBe(true);
  await expectFree(world, leftAt);
  expect(use.upstream.calls).toHaveLength(3);
  expect(await world.entries()).toHaveLength(1);
});

test.each(['a streamed query', 'a query'] as const)(
  '%s that is left while its documents are searched for frees its place, and no model is called',
  { retry: 2 },
  async (name) => {
    const closed = Promise.withResolvers<number>();
    let asked = 0;
    const embedder = createServer((request) => {
      asked += 1;
      request.socket.once('close', () => closed.resolve(performance.now()));
    }).listen(0, '127.0.0.1');
    onTestFinished(() => {
      embedder.closeAllConnections();
      embedder.close();
    });
    await vi.waitFor(() => expect(embedder.listening).toBe(true));
    const world = await createWorld({
      EMBEDDINGS_BASE_URL: `http://127.0.0.1:${(embedder.address() as AddressInfo).port}/v1`,
      EMBEDDINGS_MODEL: 'vectors',
      EMBEDDINGS_DIMENSIONS: '64',
    });
    const leave = send(world, world.token, name);
    await expect.poll(() => asked, { interval: 5 }).toBe(1);
    const leftAt = leave();
    expect((await closed.promise) - leftAt).toBeLessThan(100);
    await expectFree(world, leftAt);
    expect(use.upstream.calls).toHaveLength(1);
  },
);
