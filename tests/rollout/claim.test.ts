import { expect, test } from 'vitest';
import { createTakeClaim } from '#lib/rollout/claim.ts';
import { readLease, writeLease } from '#lib/rollout/state.ts';
import { calm } from '#tests/support/scope.ts';
import { createWorld } from './world.ts';

function createClaims() {
  const { services, edit, timing, pass } = createWorld();
  const take = (holder: string) => createTakeClaim({ services, edit, timing, holder })('query', calm);
  const holderOf = () => readLease(services.present())?.holder;
  return { services, edit, timing, pass, take, holderOf };
}

test.each([
  ['as ours', 0],
  ['ahead', 3_600_000],
  ['far behind', -3_600_000],
])('a claim of another, whose clock is %s, is taken once it was not renewed for its life', async (_name, skew) => {
  const { edit, take, timing, holderOf } = createClaims();
  const renewedAt = timing.now() + skew;
  await edit('query', () => ({ annotations: writeLease({ holder: 'one', renewedAt }) }), calm);
  const before = timing.now();
  await take('two');
  expect(holderOf()).toBe('two');
  expect(timing.now() - before).toBeGreaterThanOrEqual(60_000);
  expect(timing.now() - before).toBeLessThanOrEqual(62_000);
});

test('a claim that is renewed while somebody waits for its end is not taken, however old it says it is', async () => {
  const { edit, take, timing, holderOf } = createClaims();
  const renew = (renewedAt: number) =>
    edit('query', () => ({ annotations: writeLease({ holder: 'one', renewedAt }) }), calm);
  const renewedAt = timing.now() - 3_600_000;
  await renew(renewedAt);
  const taking = take('two');
  await renew(renewedAt + 15_000);
  await expect(taking).rejects.toThrow('query is being rolled out by one');
  expect(holderOf()).toBe('one');
});

test('a claim is renewed before it runs out, not with each step', async () => {
  const { services, take, pass, timing } = createClaims();
  const claim = await take('one');
  await pass(10_000);
  await claim.renew(calm);
  expect(services.patches).toHaveLength(1);
  await pass(10_000);
  await claim.renew(calm);
  expect(readLease(services.present())).toEqual({ holder: 'one', renewedAt: timing.now() });
});

test('of a claim that was taken over nothing can be written', async () => {
  const { services, take, pass, holderOf } = createClaims();
  const lost = await take('one');
  await pass(61_000);
  await take('two');
  const { length } = services.patches;
  await expect(lost.edit(() => ({ traffic: [] }), calm)).rejects.toThrow('taken over by another');
  await lost.release(calm);
  expect(services.patches).toHaveLength(length);
  expect(holderOf()).toBe('two');
});

test('what stands in the annotations and is not ours is told, not overwritten', async () => {
  const { services, edit, take } = createClaims();
  await edit('query', () => ({ annotations: { 'rollout.genai-platform/lease': '{"holder":1}' } }), calm);
  await expect(take('one')).rejects.toThrow('rollout.genai-platform/lease of query cannot be read');
  expect(services.patches).toHaveLength(1);
});
