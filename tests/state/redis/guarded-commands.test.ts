import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { createGuardedCommands } from '#lib/state/redis/guarded-commands.ts';
import { calm } from '#tests/support/scope.ts';
import { createRecordedTelemetry } from '#tests/support/telemetry.ts';
import { createFakeClient } from './fake-client.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const budgetMilliseconds = 75;

function createGuarded() {
  const client = createFakeClient();
  const telemetry = createRecordedTelemetry();
  const commands = createGuardedCommands({ client, budgetMilliseconds, ...telemetry, now: Date.now, random: () => 0 });
  onTestFinished(() => commands.close());
  const get = (signal = calm) => commands.hmget('key', ['value'], signal);
  /** How long a call takes, and what it fails with. */
  async function time(): Promise<{ milliseconds: number; error: unknown }> {
    const started = Date.now();
    const failed = get().then(
      () => undefined,
      (error: unknown) => error,
    );
    let isDone = false;
    void failed.then(() => (isDone = true));
    while (!isDone) await vi.advanceTimersByTimeAsync(1);
    return { milliseconds: Date.now() - started, error: await failed };
  }
  const events = () => telemetry.logged.map(({ event }) => event);
  return { client, commands, get, time, ...telemetry, events };
}

test('the first call of a process may wait for a second, in all, and each later one for its budget', async () => {
  const { client, get, time } = createGuarded();
  client.isSilent = true;
  expect((await time()).milliseconds).toBeGreaterThanOrEqual(1_000);
  expect((await time()).milliseconds).toBeLessThan(80);
  client.isSilent = false;
  expect(await get()).toEqual(['value', '1']);
});

test('once there was an answer, no call takes longer than its budget', async () => {
  const { client, get, time } = createGuarded();
  await get();
  client.isSilent = true;
  const { milliseconds, error } = await time();
  expect(milliseconds).toBeGreaterThanOrEqual(75);
  expect(milliseconds).toBeLessThan(80);
  expect(error).toMatchObject({ code: 'state_unavailable', retryAfter: 2 });
});

test('five silent calls, then none is sent, connections are dropped, and probes ask until there is an answer', async () => {
  const { client, get, time, states, events } = createGuarded();
  await get();
  client.isSilent = true;
  for (let call = 0; call < 5; call += 1) await time();
  expect(client.drops).toBe(1);
  for (let call = 0; call < 100; call += 1) {
    expect(await time()).toMatchObject({ milliseconds: expect.toSatisfy((value: number) => value <= 1) });
  }
  expect(client.calls).toBe(6);
  await vi.advanceTimersByTimeAsync(12_000);
  expect(client.probes).toBe(2);
  expect(events()).toEqual(['dependency_down']);
  client.isSilent = false;
  await vi.advanceTimersByTimeAsync(6_000);
  expect(await get()).toEqual(['value', '1']);
  expect(states.at(-1)).toBe('closed');
  expect(events()).toEqual(['dependency_down', 'dependency_up']);
});

test.each([
  'LOADING Redis is loading the dataset in memory',
  'BUSY Redis is busy running a script.',
  'CLUSTERDOWN The cluster is down',
  'NOAUTH Authentication required.',
  'WRONGPASS invalid username-password pair',
  'ERR max number of clients reached',
  'connect ECONNREFUSED 127.0.0.1:6379',
  'Connection is closed.',
  'fetch failed',
])('%s is an outage', async (message) => {
  const { client, get, states } = createGuarded();
  client.answer = new Error(message);
  for (let call = 0; call < 5; call += 1) {
    await expect(get()).rejects.toMatchObject({ code: 'state_unavailable', retryAfter: 2 });
  }
  expect(states).toEqual(['closed', 'open']);
});

test.each([
  ['OOM command not allowed when used memory > maxmemory', 'storage_full'],
  ['ERR Error running script (call to f_1): @user_script:4: -OOM command not allowed', 'storage_full'],
  ['ERR DB capacity quota exceeded', 'storage_full'],
  ["READONLY You can't write against a read only replica.", 'state_unavailable'],
  ['MISCONF Errors writing to the AOF file', 'state_unavailable'],
])('%s is no outage: what is read is answered', async (message, code) => {
  const { client, get, states } = createGuarded();
  client.answer = new Error(message);
  for (let call = 0; call < 20; call += 1) await expect(get()).rejects.toMatchObject({ code });
  expect(states).toEqual(['closed']);
});

test('a server that finds fault with a command is no outage: it is a bug', async () => {
  const { client, get, states } = createGuarded();
  client.answer = new Error('WRONGTYPE Operation against a key holding the wrong kind of value');
  for (let call = 0; call < 20; call += 1) await expect(get()).rejects.toThrow('WRONGTYPE');
  expect(states).toEqual(['closed']);
});

test('a refused credential is told once a minute', async () => {
  const { client, get, events } = createGuarded();
  client.answer = new Error('WRONGPASS invalid username-password pair');
  await get().catch(() => undefined);
  const refusals = () => events().filter((event) => event === 'dependency_access_refused').length;
  for (let call = 0; call < 10; call += 1) await get().catch(() => undefined);
  await vi.advanceTimersByTimeAsync(55_000);
  expect(refusals()).toBe(1);
  expect(client.probes).toBeGreaterThan(5);
  await vi.advanceTimersByTimeAsync(15_000);
  expect(refusals()).toBe(2);
});

test('of a client’s error nothing is kept but what the server said', async () => {
  const { client, get } = createGuarded();
  const error = new Error('WRONGPASS no, command was: ["auth","planted"]', { cause: 'planted' });
  client.answer = Object.assign(error, { command: { args: ['planted'] } });
  const failure = await get().catch((thrown: unknown) => thrown);
  expect(failure).toMatchObject({ cause: { message: 'WRONGPASS no' } });
  const { cause } = failure as Error;
  expect(JSON.stringify([Object.getOwnPropertyNames(cause), (cause as Error).stack])).not.toMatch(/planted|command"/);
});

test('a caller that leaves gets its reason, at once, and is no failure', async () => {
  const { client, get, states } = createGuarded();
  await get();
  client.isSilent = true;
  for (let call = 0; call < 8; call += 1) {
    const caller = new AbortController();
    const pending = get(caller.signal);
    caller.abort(new DOMException('Too slow for me', 'TimeoutError'));
    await expect(pending).rejects.toThrow('Too slow for me');
  }
  await expect(get(AbortSignal.abort(new Error('gone')))).rejects.toThrow('gone');
  expect(client.calls).toBe(9);
  expect(states).toEqual(['closed']);
});
