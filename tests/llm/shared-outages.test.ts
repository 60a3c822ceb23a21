import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createPod, createStore, later, refused } from './breaker-world.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('a pod that has never called the provider does not have to learn it', async () => {
  const shared = createStore();
  await createPod(shared).open();
  const started = createPod(shared);
  await expect(started.run()).rejects.toMatchObject(refused);
  expect(started.call).not.toHaveBeenCalled();
  expect(started.states).toEqual(['open']);
});

test('a pod that has read the state asks for it once a second at most', async () => {
  const shared = createStore();
  const pod = createPod(shared);
  for (let time = 0; time < 50; time += 1) await pod.succeed();
  expect(shared.state.reads).toBe(1);
  const other = createPod(shared);
  await other.open();
  expect(await pod.succeed()).toBe('answer');
  await later(1_000);
  // Read in the background of this one.
  await pod.succeed();
  await expect(pod.run()).rejects.toMatchObject(refused);
});

test('one call of one pod finds out whether the provider is back, and all know it then', async () => {
  const shared = createStore();
  const pods = [createPod(shared), createPod(shared), createPod(shared)];
  await pods[0]?.open();
  for (const pod of pods) await expect(pod.run()).rejects.toMatchObject(refused);
  await later(5_000);
  const answer = Promise.withResolvers<string>();
  for (const pod of pods) pod.call.mockReturnValue(answer.promise);
  const runs = [...pods, ...pods].map((pod) => pod.run());
  const settled = Promise.allSettled(runs);
  await later(0);
  expect(pods.map(({ call }) => call.mock.calls.length).toSorted()).toEqual([0, 0, 1]);
  answer.resolve('answer');
  expect((await settled).filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  await later(1_000);
  for (const pod of pods) await pod.run().catch(() => undefined);
  await later(0);
  for (const pod of pods) expect(await pod.run()).toBe('answer');
});

test('where it is not back, all wait again', async () => {
  const shared = createStore();
  const [opener, other] = [createPod(shared), createPod(shared)];
  await opener.open();
  await expect(other.run()).rejects.toMatchObject(refused);
  await later(5_000);
  await other.fail(500, 'acme');
  await later(0);
  await other.fail(500, 'beta');
  expect(other.call).toHaveBeenCalledTimes(2);
  await later(1_000);
  for (const pod of [opener, other]) await expect(pod.run()).rejects.toMatchObject(refused);
  expect(opener.call).not.toHaveBeenCalled();
  expect(other.states).toEqual(['open', 'half_open', 'open', 'half_open', 'open']);
  await later(4_000);
  expect(await other.succeed()).toBe('answer');
  expect(other.states.at(-1)).toBe('closed');
});

test('a client that leaves while its call finds out has told nothing: the next one does', async () => {
  const shared = createStore();
  const pod = createPod(shared);
  await pod.open();
  await later(5_000);
  pod.call.mockRejectedValueOnce(new Error('gone'));
  await expect(pod.run()).rejects.toThrow('gone');
  await later(0);
  const other = createPod(shared);
  expect(await other.succeed()).toBe('answer');
});

test.each(['isAway', 'isSilent'] as const)('while the store %s each pod knows what it has seen itself', async (how) => {
  const shared = createStore();
  shared.state[how] = true;
  const pod = createPod(shared);
  const first = pod.succeed();
  await later(100);
  expect(await first).toBe('answer');
  await pod.open();
  await expect(pod.run()).rejects.toMatchObject(refused);
  await later(5_000);
  const probed = pod.succeed();
  await later(100);
  expect(await probed).toBe('answer');
  expect(await pod.succeed()).toBe('answer');
});

test('a pod that knew of an outage from others alone tells that it is over', async () => {
  const shared = createStore();
  const [first, second] = [createPod(shared), createPod(shared)];
  await first.open();
  await expect(second.run()).rejects.toMatchObject(refused);
  await later(6_000);
  expect(await first.succeed()).toBe('answer');
  await later(2_000);
  await second.succeed();
  await later(2_000);
  expect(await second.succeed()).toBe('answer');
  expect(second.states).toEqual(['open', 'half_open', 'closed']);
});

test('a pod that nobody asks any more tells of no outage for ever', async () => {
  const pod = createPod(createStore());
  await pod.open();
  expect(pod.states).toEqual(['open']);
  await later(5_000);
  expect(pod.states).toEqual(['open', 'half_open']);
});

test('an outage at one address is none at another one of the same name', async () => {
  const shared = createStore();
  const [stable, canary] = [createPod(shared), createPod(shared, 'elsewhere.test')];
  await canary.open();
  await later(2_000);
  expect(await stable.succeed()).toBe('answer');
});
