import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createPod, createStore, later, refused, type Pod } from './breaker-world.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('five failures in a row of two tenants close the way to a provider for all, and to no other', async () => {
  const pod = createPod(createStore());
  await pod.open();
  await expect(pod.run('one', { account: 'gamma' })).rejects.toMatchObject(refused);
  expect(pod.call).not.toHaveBeenCalled();
  expect(pod.states).toEqual(['open']);
  pod.call.mockResolvedValueOnce('answer');
  expect(await pod.run('two')).toBe('answer');
});

test.each([
  ['a mistake of the request', 400, false],
  ['a key that is refused', 401, false],
  ['a name that is not known', 404, false],
  ['too much with the tenant’s own key', 429, true],
])('%s does not count', async (_name, status, isOwnKey) => {
  const pod = createPod(createStore());
  for (let time = 0; time < 30; time += 1) await pod.fail(status, 'acme', isOwnKey);
  expect(await pod.succeed()).toBe('answer');
});

test('what fails with a tenant’s own key closes the way for that tenant’s key alone', async () => {
  const shared = createStore();
  const pod = createPod(shared);
  for (let time = 0; time < 3; time += 1) await pod.fail(503, 'acme', true);
  for (let time = 0; time < 2; time += 1) await pod.beLate('acme', true);
  await expect(pod.run('one', { isOwnKey: true })).rejects.toMatchObject(refused);
  expect(await pod.succeed()).toBe('answer');
  pod.call.mockResolvedValue('answer');
  expect(await pod.run('one', { account: 'beta', isOwnKey: true })).toBe('answer');
  expect(await pod.run('two', { isOwnKey: true })).toBe('answer');
  expect(await createPod(shared).succeed()).toBe('answer');
  expect(pod.states).toEqual([]);
});

test('the way that is closed to others is open to a tenant’s own key', async () => {
  const pod = createPod(createStore());
  await pod.open();
  pod.call.mockResolvedValueOnce('answer');
  expect(await pod.run('one', { isOwnKey: true })).toBe('answer');
  await expect(pod.run()).rejects.toMatchObject(refused);
});

const failures = [
  ['500', (pod: Pod, account: string) => pod.fail(500, account)],
  ['429', (pod: Pod, account: string) => pod.fail(429, account)],
  ['a broken stream', (pod: Pod, account: string) => pod.fail(undefined, account)],
  ['a late first word', (pod: Pod, account: string) => pod.beLate(account)],
] as const;

test.each(failures)(
  '%s that one tenant alone meets with closes its own way, and nobody else’s',
  async (_name, fail) => {
    const shared = createStore();
    const pod = createPod(shared);
    for (let time = 0; time < 5; time += 1)
      expect(await fail(pod, 'acme')).toMatchObject({ facts: { isMovable: true } });
    await expect(pod.run()).rejects.toMatchObject(refused);
    expect(pod.call).toHaveBeenCalledTimes(5);
    expect(await pod.succeed('beta')).toBe('answer');
    expect(await createPod(shared).succeed()).toBe('answer');
    expect(pod.states).toEqual([]);
    expect(pod.accountStates).toEqual(['open']);
    await later(5_000);
    expect(await pod.succeed()).toBe('answer');
    expect(pod.accountStates).toEqual(['open', 'half_open', 'closed']);
  },
);

test.each(failures)(
  '%s counts for all only while no call has succeeded since another tenant’s',
  async (_name, fail) => {
    const pod = createPod(createStore());
    for (let time = 0; time < 4; time += 1) await fail(pod, time % 2 === 0 ? 'acme' : 'beta');
    expect(await pod.succeed('gamma')).toBe('answer');
    for (let time = 0; time < 30; time += 1) await fail(pod, 'acme');
    expect(await pod.succeed('gamma')).toBe('answer');
    for (let time = 0; time < 6; time += 1) await fail(pod, time % 2 === 0 ? 'delta' : 'beta');
    await expect(pod.run('one', { account: 'gamma' })).rejects.toMatchObject(refused);
  },
);

test('a provider that can’t be reached by one tenant is closed to all: no prompt brings that about', async () => {
  const shared = createStore();
  const pod = createPod(shared);
  for (let time = 0; time < 5; time += 1) await pod.beUnreachable();
  await expect(pod.run('one', { account: 'beta' })).rejects.toMatchObject(refused);
  await expect(createPod(shared).run('one', { account: 'beta' })).rejects.toMatchObject(refused);
});

test('a tenant whose calls alone fail after an outage does not keep the way closed for others', async () => {
  const pod = createPod(createStore());
  await pod.open();
  await later(5_000);
  // With its three before the outage they close its own way.
  for (let time = 0; time < 10; time += 1) {
    await pod.fail(500);
    await later(0);
  }
  expect(pod.call).toHaveBeenCalledTimes(2);
  expect(await pod.succeed('beta')).toBe('answer');
  expect(pod.states.at(-1)).toBe('closed');
});
