import { vi } from 'vitest';
import { ApiError } from '#lib/core/api-error.ts';
import type { BreakerState } from '#lib/core/circuit-breaker.ts';
import { timedOut, toCallFailure } from '#lib/llm/call-failure.ts';
import { createProviderBreakers } from '#lib/llm/provider-breakers.ts';
import { ProviderError } from '#lib/llm/provider-error.ts';
import type { StateRecord, StateStore } from '#lib/state/store.ts';
import { calm } from '#tests/support/scope.ts';

/** Records that all pods see, and that can be out of reach. */
export function createStore() {
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

/** The breakers of one process, whose provider answers as it is told. Its clock is a fake one. */
export function createPod({ store }: ReturnType<typeof createStore>, host = 'models.test') {
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

export type Pod = ReturnType<typeof createPod>;
export const refused = { problem: { code: 'model_overloaded', retryAfter: 5 } };
export const later = (milliseconds: number) => vi.advanceTimersByTimeAsync(milliseconds);
