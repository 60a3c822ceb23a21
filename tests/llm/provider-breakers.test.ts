import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { ApiError } from '#lib/core/api-error.ts';
import type { BreakerState } from '#lib/core/circuit-breaker.ts';
import { timedOut, toCallFailure } from '#lib/llm/call-failure.ts';
import { createProviderBreakers } from '#lib/llm/provider-breakers.ts';
import { ProviderError } from '#lib/llm/provider-error.ts';
import type { StateRecord, StateStore } from '#lib/state/store.ts';
import { calm } from '#tests/support/scope.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** Records that all pods see, and that can be out of reach. */
function createStore() {
  const records = new Map<string, StateRecord & { until: number }>();
  const state = { isAway: false, isSilent: false, reads: 0 };
  const check = async () => {
    if (state.isSilent) await new Promise(() => undefined);
    if (state.isAway) throw new ApiError('state_unavailable');
  };
  const find = (key: string) => {
    const found = records.get(key);
    return found && found.until > Date.now() ? found : undefined;
  };
  const store: Pick<StateStore, 'get' | 'put' | 'delete'> = {
    async get(key) {
      state.reads += 1;
      await check();
      return find(key);
    },
    async put(key, value, { ifVersion, ttlSeconds = 1e9 }) {
      await check();
      const version = find(key)?.version ?? 0;
      if (ifVersion !== undefined && ifVersion !== version) return false;
      records.set(key, { value, version: version + 1, until: Date.now() + ttlSeconds * 1000 });
      return true;
    },
    async delete(key) {
      await check();
      return records.delete(key);
    },
  };
  return { store, state };
}

function createPod({ store }: ReturnType<typeof createStore>, host = 'models.test') {
  const states: BreakerState[] = [];
  const accountStates: BreakerState[] = [];
  const metrics = {
    breaker: (name: string, state: BreakerState) =>
      void (name.endsWith(':account') ? accountStates : states).push(state),
  };
  const providers = ['one', 'two'].map((id) => ({ id, baseUrl: `https://${id}.${host}/v1` }));
  const breakers = createProviderBreakers({ providers, store, metrics, now: Date.now });
  states.splice(0);
  const call = vi.fn<() => Promise<string>>();
  const run = (providerId = 'one', { account = 'acme', isOwnKey = false } = {}, answer = () => call()) =>
    breakers.run({ providerId, account: { tenantId: account, incarnation: 'first' }, isOwnKey }, answer, calm);
  const failWith = async (error: Error, caller: { account?: string; isOwnKey?: boolean } = {}) => {
    try {
      return await run('one', caller, () => call.mockRejectedValueOnce(error)());
    } catch (thrown) {
      return thrown;
    }
  };
  const fail = (statusCode: number | undefined, account = 'acme', isOwnKey = false) =>
    failWith(toCallFailure(new ProviderError('failed', { statusCode }), { isOwnKey }), { account, isOwnKey });
  const beLate = (account: string, isOwnKey = false) => failWith(timedOut(new Error('late')), { account, isOwnKey });
  const beUnreachable = () => {
    const refusal = Object.assign(new Error('connect'), { code: 'ECONNREFUSED' });
    return failWith(toCallFailure(new ProviderError('failed', { cause: refusal }), { isOwnKey: false }));
  };
  const succeed = (account = 'acme') => run('one', { account }, () => call.mockResolvedValueOnce('answer')());
  const open = async () => {
    for (let time = 0; time < 6; time += 1) await fail(500, time % 2 === 0 ? 'acme' : 'beta');
    call.mockClear();
  };
  return { call, run, fail, beLate, beUnreachable, succeed, open, states, accountStates };
}

type Pod = ReturnType<typeof createPod>;
const refused = { problem: { code: 'model_overloaded', retryAfter: 5 } };
const later = (milliseconds: number) => vi.advanceTimersByTimeAsync(milliseconds);

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
