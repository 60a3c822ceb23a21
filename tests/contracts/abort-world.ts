import { expect, vi } from 'vitest';
import { accountOf } from '#lib/tenancy/tenant.ts';
import { parseTenantId } from '#lib/tenancy/tenant-id.ts';
import { dayOf } from '#lib/usage/ledger-entry.ts';
import { createChatWorld, hello, type Providers } from '#tests/functions/chat/world.ts';
import { createPlatformAdmin } from '#tests/functions/tenants/admin.ts';
import { createToken } from '#tests/support/platform.ts';
import { calm } from '#tests/support/scope.ts';

const chat = { model: 'large', messages: hello };
const question = { question: 'How tall is the tower?' };

const requests = {
  'a streamed chat': { path: '/v1/chat/completions', body: { ...chat, stream: true }, accept: '*/*' },
  'a chat': { path: '/v1/chat/completions', body: chat, accept: '*/*' },
  'a streamed query': { path: '/v1/query', body: question, accept: 'text/event-stream' },
  'a query': { path: '/v1/query', body: question, accept: 'application/json' },
  'a request for embeddings': { path: '/v1/embeddings', body: { model: 'vectors', input: 'Hello?' }, accept: '*/*' },
} as const;

export type RequestName = keyof typeof requests;

/** Milliseconds until whoever has left has its place again: the next request, which shows that, takes some of them. */
const freeWithin = 100;

/** A tenant that may have one request under way: how it is sent, and what is seen of its end. */
export async function createAbortWorld(providers: Providers, env: NodeJS.ProcessEnv) {
  const { upstream } = providers;
  const { url, call, foundation } = await createChatWorld(providers, env);
  const id = 'narrow';
  const limits = { concurrent_requests: 1 };
  const admin = await createPlatformAdmin();
  expect((await call('POST /v1/tenants', { token: admin, json: { id, name: id, limits } })).status).toBe(201);
  const token = await createToken({ tenant_id: id });
  const record = await foundation.tenants.find(parseTenantId(id) ?? expect.fail(), calm);
  const account = accountOf(record ?? expect.fail());

  async function isLetIn(as = token): Promise<boolean> {
    const response = await call('POST /v1/chat/completions', { token: as, json: chat });
    await response.text();
    return response.status === 200;
  }

  return {
    token,
    call,
    isLetIn,
    /** Sends it; gives the function that leaves, and when that was. */
    send(name: RequestName, as = token): () => number {
      const { path, body, accept } = requests[name];
      const left = new AbortController();
      void fetch(`${url}${path}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${as}`, 'content-type': 'application/json', accept },
        body: JSON.stringify(body),
        signal: left.signal,
      })
        .then((response) => response.text())
        .catch(() => undefined);
      return () => {
        left.abort();
        return performance.now();
      };
    },
    /** Its only place is there for the next request. */
    async expectFree(leftAt: number): Promise<void> {
      upstream.reply({ chunks: ['Hello'], usage: 'counted' });
      await vi.waitFor(async () => expect(await isLetIn()).toBe(true), { timeout: 1_000, interval: 5 });
      expect(performance.now() - leftAt).toBeLessThan(freeWithin);
    },
    /** Of its calls of models. */
    async entries() {
      const day = dayOf({ at: new Date().toISOString() });
      const found = await Array.fromAsync(foundation.state.usage.entries(account, day, calm));
      return found.filter(({ kind }) => kind === 'chat' || kind === 'embedding');
    },
  };
}
