import { expect, test, vi } from 'vitest';
import { createTimeLimit } from '#lib/core/time-limit.ts';

test('a limit aborts when its time is over, and never once the work has ended', () => {
  vi.useFakeTimers();
  try {
    const [late, ended] = [createTimeLimit(100), createTimeLimit(100)];
    ended.clear();
    vi.advanceTimersByTime(99);
    expect(late.signal.aborted).toBe(false);
    vi.advanceTimersByTime(1);
    expect(late.signal.reason).toMatchObject({ name: 'TimeoutError' });
    expect(ended.signal.aborted).toBe(false);
    expect(vi.getTimerCount()).toBe(0);
  } finally {
    vi.useRealTimers();
  }
});
