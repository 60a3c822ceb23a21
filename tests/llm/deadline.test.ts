import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Deadline } from '#lib/llm/deadline.ts';
import type { ModelAttempt } from '#lib/llm/model-attempt.ts';
import { calm, createScope } from '#tests/support/scope.ts';
import { createCaller, createRun, createTarget, textOf, useProviders } from './world.ts';

describe('a deadline', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  test('that is paused does not come, and goes on with what was left', () => {
    const deadline = new Deadline(calm);
    deadline.extend(100);
    vi.advanceTimersByTime(60);
    deadline.pause();
    vi.advanceTimersByTime(1_000);
    deadline.resume();
    vi.advanceTimersByTime(39);
    expect(deadline.signal.aborted).toBe(false);
    vi.advanceTimersByTime(1);
    expect(deadline.isOver).toBe(true);
  });

  test('that is extended while it is paused begins anew', () => {
    const deadline = new Deadline(calm);
    for (let time = 0; time < 3; time += 1) {
      deadline.extend(100);
      vi.advanceTimersByTime(99);
      deadline.pause();
      vi.advanceTimersByTime(time * 100);
    }
    expect(deadline.signal.aborted).toBe(false);
    deadline.extend(100);
    vi.advanceTimersByTime(100);
    expect(deadline.isOver).toBe(true);
  });
});

const providers = useProviders();

test('a reader who is slower than a model may be has the whole answer', async () => {
  providers.upstream.reply({ chunks: ['four', 'more', 'here'], delay: 10 });
  const { parts } = createRun(providers)({ betweenTokens: 100 });
  let text = '';
  for await (const part of parts) {
    text += textOf([part]);
    await wait(200);
  }
  expect(text).toBe('fourmorehere');
});

test('what comes at once may take longer than a first word', async () => {
  const whole: ModelAttempt<string> = {
    async *open(_target, signal) {
      await wait(150, undefined, { signal });
      yield ['all of it'];
    },
    isAnswer: () => true,
    usageOf: () => undefined,
    textOf: () => '',
    promptTokens: () => 1,
    maxOutput: () => 0,
  };
  const call = (attempt: ModelAttempt<string>) =>
    Array.fromAsync(
      createCaller({ firstToken: 50 }).callModels(
        createScope('acme'),
        [createTarget('first', providers.upstream)],
        attempt,
        calm,
      ),
    );
  await expect(call({ ...whole, extraTime: 10_000 })).resolves.toMatchObject([{ parts: ['all of it'] }]);
  await expect(call(whole)).rejects.toMatchObject({ code: 'model_timeout' });
});
