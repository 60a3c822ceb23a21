import { setTimeout as wait } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { together } from '#lib/core/together.ts';
import { calm } from '#tests/support/scope.ts';

test('all results come in their order', async () => {
  const results = await together(
    calm,
    async () => {
      await wait(5);
      return 'a';
    },
    async () => 1,
  );
  expect(results).toEqual(['a', 1]);
});

test('the first failure ends the others, and is thrown when they have ended', async () => {
  let hasEnded = false;
  const running = together(
    calm,
    async (signal) => {
      await wait(10_000, undefined, { signal }).catch(() => undefined);
      await wait(5);
      hasEnded = true;
    },
    async () => {
      throw new Error('first');
    },
  );
  await expect(running).rejects.toThrow('first');
  expect(hasEnded).toBe(true);
});

test('the caller’s own abort is what is thrown', async () => {
  const left = new AbortController();
  const running = together(left.signal, async (signal) => wait(10_000, undefined, { signal }));
  left.abort();
  await expect(running).rejects.toMatchObject({ name: 'AbortError' });
});
