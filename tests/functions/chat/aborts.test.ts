import { setTimeout as wait } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { createChatWorld, hello, useProviders, type ChatWorld } from './world.ts';

const use = useProviders();

/** Tells of each call of a model, when its request has ended. */
const callsLogged = ({ logged }: ChatWorld) => logged.filter(({ event }) => event === 'chat_completed');

async function leave(world: ChatWorld, stream: boolean, hasSeenEnough: () => boolean): Promise<number> {
  const left = new AbortController();
  const options = { signal: left.signal };
  const reading = (async () => {
    const request = { model: 'large', messages: hello };
    if (!stream) return void (await world.openai.chat.completions.create(request, options));
    for await (const _ of await world.openai.chat.completions.create({ ...request, stream: true }, options));
  })().catch(() => undefined);
  await expect.poll(hasSeenEnough, { interval: 5 }).toBe(true);
  left.abort();
  const leftAt = performance.now();
  await reading;
  return leftAt;
}

const phases = [
  ['before the first word', { chunks: ['never'], firstDelay: 60_000 }, () => use.upstream.calls.length > 0],
  [
    'in the middle',
    { chunks: Array.from({ length: 1_000 }, () => 'word'), delay: 5, usage: 'counted' as const },
    () => (use.upstream.calls[0]?.chunksSent ?? 0) > 10,
  ],
] as const;

for (const [phase, reply, hasSeenEnough] of phases) {
  test.each([true, false])(
    `a client that leaves ${phase} closes the call within 100 ms and is charged for what was made (stream: %s)`,
    { retry: 2 },
    async (stream) => {
      const world = await createChatWorld(use);
      use.upstream.calls.splice(0);
      use.upstream.reply({ ...reply, chunks: [...reply.chunks] });
      const leftAt = await leave(world, stream, hasSeenEnough);
      const [upstreamCall = expect.fail()] = use.upstream.calls;
      const closedAt = await Promise.race([upstreamCall.aborted, wait(2_000)]);
      expect(Number(closedAt) - leftAt).toBeLessThan(100);
      await expect.poll(() => callsLogged(world).length).toBe(1);
      const [{ output_tokens: output, outcome } = expect.fail()] = callsLogged(world);
      expect(outcome).toBe('aborted');
      // What lay between the two was made, and had not arrived.
      expect(Math.abs(Number(output) - upstreamCall.billed.output)).toBeLessThan(10);
      expect(use.spare.calls).toHaveLength(0);
    },
  );
}
