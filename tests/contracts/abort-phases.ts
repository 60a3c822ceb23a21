import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { useProviders } from '#tests/functions/chat/world.ts';
import { tower } from '#tests/functions/query/tower.ts';
import { createToken } from '#tests/support/platform.ts';
import type { EmbeddingsFault, Reply } from '#tests/support/upstream.ts';
import { createAbortWorld, type RequestName } from './abort-world.ts';

const answers: RequestName[] = ['a streamed chat', 'a chat', 'a streamed query', 'a query'];
const names: RequestName[] = [...answers, 'a request for embeddings'];

/** Milliseconds until the provider sees that its call was left. */
const closedWithin = 100;

/** What is left in every phase, on state that `prepare` names the place of. */
export function describeAbortPhases(name: string, prepare: () => Promise<NodeJS.ProcessEnv>): void {
  describe(name, () => {
    const use = useProviders();
    const createWorld = async (env: NodeJS.ProcessEnv = {}) => createAbortWorld(use, { ...(await prepare()), ...env });
    afterEach(() => use.upstream.failEmbeddings(undefined));

    interface Phase {
      reply: Reply;
      embeddings?: EmbeddingsFault;
      hasBegun: () => boolean;
      /** Whether a call of the model is open in it. */
      isOpen: boolean;
      left: RequestName[];
    }

    const refusal = { kind: 'status', status: 503, retryAfter: '10' } as const;
    const phases: Record<string, Phase> = {
      'waiting for the first word': {
        reply: { chunks: ['never'], firstDelay: 60_000 },
        embeddings: { kind: 'silence' },
        hasBegun: () => use.upstream.calls.length > 0,
        isOpen: true,
        left: names,
      },
      'in the middle of the answer': {
        reply: { chunks: Array.from({ length: 1_000 }, () => 'word'), delay: 10 },
        hasBegun: () => (use.upstream.calls[0]?.chunksSent ?? 0) > 10,
        isOpen: true,
        left: answers,
      },
      'before a failed call is tried again': {
        reply: { chunks: [], fault: refusal },
        embeddings: refusal,
        hasBegun: () => use.upstream.calls.length > 0,
        isOpen: false,
        left: names,
      },
    };

    describe.each(Object.entries(phases))('%s', (_, { reply, embeddings, hasBegun, isOpen, left }) => {
      test.each(left)(
        '%s that is left closes its call, frees its place, and is settled',
        { retry: 2 },
        async (request) => {
          use.upstream.calls.splice(0);
          use.spare.calls.splice(0);
          const world = await createWorld();
          await world.call('POST /v1/documents', { token: world.token, json: { documents: [tower] } });
          use.upstream.reply(reply);
          use.upstream.failEmbeddings(embeddings);
          const leave = world.send(request);
          await expect.poll(hasBegun, { interval: 5 }).toBe(true);
          expect(await world.isLetIn(), 'the place is taken').toBe(false);
          const leftAt = leave();
          const [call = expect.fail()] = use.upstream.calls;
          if (isOpen)
            expect(Number(await Promise.race([call.aborted, wait(2_000)])) - leftAt).toBeLessThan(closedWithin);
          await world.expectFree(leftAt);

          const entry = (await world.entries()).find(({ outcome }) => outcome !== 'success') ?? expect.fail();
          expect(entry.outcome).toBe(isOpen ? 'aborted' : 'failed');
          // What lay between the two was made, and had not arrived.
          expect(Math.abs(entry.output_tokens - call.billed.output)).toBeLessThan(10);
          // The one that was let in afterwards is the second.
          expect(use.upstream.calls).toHaveLength(2);
          expect(use.spare.calls).toHaveLength(0);
        },
      );
    });

    test.each(names)('%s that is left while others are before it is never begun', { retry: 2 }, async (request) => {
      const world = await createWorld({ MAX_IN_FLIGHT: '1' });
      use.upstream.reply({ chunks: [], fault: { kind: 'silence' } });
      const leaveFirst = world.send('a chat', await createToken({ tenant_id: 'first' }));
      await expect.poll(() => use.upstream.calls.length).toBe(1);
      const leave = world.send(request);
      const next = await createToken({ tenant_id: 'next' });
      await wait(50);
      leave();
      await wait(50);
      const answer = world.isLetIn(next);
      use.upstream.reply({ chunks: ['Hello'], usage: 'counted' });
      const leftAt = leaveFirst();
      expect(await answer).toBe(true);
      await world.expectFree(leftAt);
      expect(use.upstream.calls).toHaveLength(3);
      // An answer that is not streamed does not wait for its settlement.
      await expect.poll(world.entries).toHaveLength(1);
    });

    test.each(['a streamed query', 'a query'] as const)(
      '%s that is left while its documents are searched for frees its place, and no model is called',
      { retry: 2 },
      async (request) => {
        const closed = Promise.withResolvers<number>();
        let asked = 0;
        const embedder = createServer((incoming) => {
          asked += 1;
          incoming.socket.once('close', () => closed.resolve(performance.now()));
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
        const leave = world.send(request);
        await expect.poll(() => asked, { interval: 5 }).toBe(1);
        const leftAt = leave();
        expect((await closed.promise) - leftAt).toBeLessThan(closedWithin);
        await world.expectFree(leftAt);
        expect(use.upstream.calls).toHaveLength(1);
      },
    );
  });
}
