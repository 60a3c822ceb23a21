import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createCircuitBreaker, type BreakerState } from '#lib/core/circuit-breaker.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function createBreaker() {
  const states: BreakerState[] = [];
  const probe = vi.fn<() => Promise<void>>(async () => undefined);
  const breaker = createCircuitBreaker({
    isFailure: (error) => error instanceof Error && error.message === 'down',
    probe,
    refuse: () => new Error('refused'),
    onState: (state) => void states.push(state),
  });
  const call = (message?: string) =>
    breaker.run(async () => {
      if (message !== undefined) throw new Error(message);
      return 'answer';
    });
  const fail = async (times: number, message = 'down') => {
    for (let time = 0; time < times; time += 1) await expect(call(message)).rejects.toThrow();
  };
  return { breaker, states, probe, call, fail };
}

test('five failures in a row open it, and no call is made then', async () => {
  const { breaker, states, call, fail } = createBreaker();
  await fail(4);
  expect(await call()).toBe('answer');
  await fail(4);
  expect(states).toEqual(['closed']);
  await fail(1);
  expect(states).toEqual(['closed', 'open']);
  const never = vi.fn<() => Promise<void>>();
  await expect(breaker.run(never)).rejects.toThrow('refused');
  expect(never).not.toHaveBeenCalled();
  breaker.close();
});

test('half of many calls open it as well, half of few do not', async () => {
  const { breaker, states, call, fail } = createBreaker();
  for (let pair = 0; pair < 9; pair += 1) {
    await fail(1);
    await call();
  }
  expect(states).toEqual(['closed']);
  for (let pair = 0; pair < 3; pair += 1) {
    await fail(1).catch(() => undefined);
    await call().catch(() => undefined);
    await vi.advanceTimersByTimeAsync(1_000);
  }
  expect(states).toEqual(['closed', 'open']);
  breaker.close();
});

test('an error that says nothing of the dependency does not count', async () => {
  const { breaker, states, fail } = createBreaker();
  await fail(20, 'a mistake of the caller');
  expect(states).toEqual(['closed']);
  breaker.close();
});

test('it asks every 5 s, and closes when it is answered', async () => {
  const { breaker, states, probe, call, fail } = createBreaker();
  probe.mockRejectedValueOnce(new Error('down')).mockRejectedValueOnce(new Error('down'));
  await fail(5);
  await vi.advanceTimersByTimeAsync(5_000);
  expect(probe).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(10_010);
  expect(probe).toHaveBeenCalledTimes(3);
  expect(states).toEqual(['closed', 'open', 'half_open', 'open', 'half_open', 'open', 'half_open', 'closed']);
  expect(await call()).toBe('answer');
  breaker.close();
});

test('while it asks, calls are refused', async () => {
  const { breaker, probe, call, fail } = createBreaker();
  const answer = Promise.withResolvers<void>();
  probe.mockReturnValueOnce(answer.promise);
  await fail(5);
  await vi.advanceTimersByTimeAsync(5_010);
  await expect(call()).rejects.toThrow('refused');
  answer.resolve();
  await vi.advanceTimersByTimeAsync(0);
  expect(await call()).toBe('answer');
  breaker.close();
});

test('a clock that is set back does not keep it from asking', async () => {
  const { breaker, states, probe, fail } = createBreaker();
  await fail(5);
  vi.setSystemTime(Date.now() - 7_000);
  await vi.advanceTimersByTimeAsync(20_000);
  expect(probe).toHaveBeenCalledTimes(1);
  expect(states.at(-1)).toBe('closed');
  breaker.close();
});

test('once it is closed for good nothing is asked', async () => {
  const { breaker, probe, fail } = createBreaker();
  await fail(5);
  breaker.close();
  await vi.advanceTimersByTimeAsync(20_000);
  expect(probe).not.toHaveBeenCalled();
});

function createUnprobed() {
  const states: BreakerState[] = [];
  const breaker = createCircuitBreaker({
    isFailure: (error) => error instanceof Error && error.message === 'down',
    isInconclusive: (error) => error instanceof Error && error.message === 'gone',
    refuse: () => new Error('refused'),
    onState: (state) => void states.push(state),
  });
  const fail = (message: string) =>
    breaker.run(() => Promise.reject(new Error(message))).catch((error: Error) => error.message);
  const open = async () => {
    for (let time = 0; time < 5; time += 1) await fail('down');
  };
  return { breaker, states, fail, open };
}

test('without a probe one call finds out, while others are refused', async () => {
  const { breaker, states, fail, open } = createUnprobed();
  await open();
  expect(await fail('down')).toBe('refused');
  await vi.advanceTimersByTimeAsync(5_000);
  expect(states).toEqual(['closed', 'open']);
  const answer = Promise.withResolvers<string>();
  const first = breaker.run(() => answer.promise);
  expect(await fail('down')).toBe('refused');
  answer.resolve('answer');
  expect(await first).toBe('answer');
  expect(states).toEqual(['closed', 'open', 'half_open', 'closed']);
});

test('a call that tells nothing closes no breaker, opens none, and leaves it to the next one to find out', async () => {
  const { breaker, states, fail, open } = createUnprobed();
  for (let time = 0; time < 10; time += 1) expect(await fail('gone')).toBe('gone');
  await open();
  await vi.advanceTimersByTimeAsync(5_000);
  expect(await fail('gone')).toBe('gone');
  expect(states.at(-1)).toBe('open');
  expect(await fail('another')).toBe('another');
  expect(states.at(-1)).toBe('closed');
  breaker.close();
});
