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
  const metrics = { breaker: (_name: string, state: BreakerState) => void states.push(state) };
  const providers = ['one', 'two'].map((id) => ({ id, baseUrl: `https://${id}.${host}/v1` }));
  const breakers = createProviderBreakers({ providers, store, metrics, now: Date.now });
  states.splice(0);
  const call = vi.fn<() => Promise<string>>();
  const run = (providerId = 'one', { account = 'acme', isOwnKey = false } = {}) =>
    breakers.run({ providerId, account: { tenantId: account, incarnation: 'first' }, isOwnKey }, call, calm);
  const fail = (status: number | undefined, isOwnKey = false) => {
    call.mockRejectedValueOnce(toCallFailure(new ProviderError('failed', { statusCode: status }), { isOwnKey }));
    return run('one', { isOwnKey }).catch((error: unknown) => error);
  };
  const beLate = (account: string, isOwnKey = false) => {
    call.mockRejectedValueOnce(timedOut(new Error('late')));
    return run('one', { account, isOwnKey }).catch((error: unknown) => error);
  };
  const succeed = () => {
    call.mockResolvedValueOnce('answer');
    return run();
  };
  const open = async () => {
    for (let time = 0; time < 5; time += 1) await fail(500);
    call.mockClear();
  };
  return { call, run, fail, beLate, succeed, open, states };
}

const refused = { problem: { code: 'model_overloaded', retryAfter: 5 } };
const later = (milliseconds: number) => vi.advanceTimersByTimeAsync(milliseconds);

test('five failures in a row close the way to a provider, and to no other', async () => {
  const pod = createPod(createStore());
  await pod.open();
  await expect(pod.run()).rejects.toMatchObject(refused);
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
  for (let time = 0; time < 30; time += 1) await pod.fail(status, isOwnKey);
  expect(await pod.succeed()).toBe('answer');
});

test('what fails with a tenant’s own key closes the way for that tenant’s key alone', async () => {
  const shared = createStore();
  const pod = createPod(shared);
  for (let time = 0; time < 3; time += 1) await pod.fail(503, true);
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

test('first words that are late for one tenant alone close the way for nobody', async () => {
  const pod = createPod(createStore());
  for (let time = 0; time < 30; time += 1)
    expect(await pod.beLate('acme')).toMatchObject({ facts: { isMovable: true } });
  expect(await pod.succeed()).toBe('answer');
  for (let time = 0; time < 4; time += 1) await pod.beLate(time % 2 === 0 ? 'acme' : 'beta');
  expect(await pod.succeed()).toBe('answer');
  for (let time = 0; time < 30; time += 1) await pod.beLate('acme');
  expect(await pod.succeed()).toBe('answer');
});

test('first words that are late for two tenants close the way', async () => {
  const pod = createPod(createStore());
  for (let time = 0; time < 6; time += 1) await pod.beLate(time % 2 === 0 ? 'acme' : 'beta');
  await expect(pod.run()).rejects.toMatchObject(refused);
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
  await other.fail(500);
  expect(other.call).toHaveBeenCalledTimes(1);
  await later(1_000);
  for (const pod of [opener, other]) await expect(pod.run()).rejects.toMatchObject(refused);
  expect(opener.call).not.toHaveBeenCalled();
  expect(other.states).toEqual(['open', 'half_open', 'open']);
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
  for (let time = 0; time < 5; time += 1) await pod.fail(500);
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
