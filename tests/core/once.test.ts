import { expect, test } from 'vitest';
import { createOnce } from '#lib/core/once.ts';
import { calm } from '#tests/support/scope.ts';

test('what is needed by many is done once, and again where it failed or was forgotten', async () => {
  let runs = 0;
  let isBroken = true;
  const once = createOnce(async () => {
    runs += 1;
    await Promise.resolve();
    if (isBroken) throw new Error('not now');
  });
  const first = await Promise.allSettled([once.run(calm), once.run(calm)]);
  expect(first.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(runs).toBe(1);
  isBroken = false;
  await Promise.all([once.run(calm), once.run(calm)]);
  await once.run(calm);
  expect(runs).toBe(2);
  once.forget();
  await once.run(calm);
  expect(runs).toBe(3);
});
