import { setTimeout as wait } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { AnswerEvent } from '#lib/answers/answer.ts';
import { ApiError } from '#lib/core/api-error.ts';
import { createScope } from '#tests/support/scope.ts';
import { createAnswerWorld, toAnswer, toEvents } from './cached-answers-world.ts';

type World = ReturnType<typeof createAnswerWorld>;

const call = {
  provider: 'provider',
  model: 'model-1',
  kind: 'chat',
  price_version: '1',
  input_tokens: 10,
  cached_input_tokens: 0,
  output_tokens: 5,
  nanodollars: 7,
  estimated: false,
  own_key: false,
  outcome: 'success',
} as const;

/** Has answers made word by word, each when the test says so. */
function makeStepwise(world: World, words: readonly string[]) {
  const steps = words.map(() => Promise.withResolvers<void>());
  const aborted: unknown[] = [];
  world.make = async function* (signal) {
    signal.addEventListener('abort', () => aborted.push(signal.reason));
    for (const [index, text] of words.entries()) {
      await Promise.race([steps[index]?.promise, new Promise((resolve) => signal.addEventListener('abort', resolve))]);
      signal.throwIfAborted();
      yield { type: 'delta', text };
    }
    yield { type: 'end', answer: toAnswer(words.join('')) };
  };
  return { step: (index: number) => steps[index]?.resolve(), aborted };
}

/** Reads in the background what comes. */
function read(events: AsyncGenerator<AnswerEvent>) {
  const seen: AnswerEvent[] = [];
  const done = (async () => {
    for await (const event of events) seen.push(event);
  })();
  const settled = done.then(
    () => 'ended',
    (error: unknown) => error,
  );
  const text = () => seen.map((event) => (event.type === 'delta' ? event.text : '')).join('');
  return { seen, settled, text };
}

test('a thousand identical questions at once cost one answer, of ten tenants ten, though half of the clients leave', async () => {
  const world = createAnswerWorld();
  world.make = async function* (signal) {
    await wait(100, undefined, { signal });
    yield* toEvents(toAnswer('The one answer.'));
  };
  const tenants = Array.from({ length: 10 }, (_, index) => `tenant-${index}`);
  const clients = tenants.flatMap((tenant) =>
    Array.from({ length: 1_000 }, (_, index) => {
      const left = new AbortController();
      const reading = read(world.stream('Why?', { scope: createScope(tenant), signal: left.signal }));
      return { tenant, left, reading, leaves: index % 2 === 0 };
    }),
  );
  await wait(20);
  for (const { left, leaves } of clients) if (leaves) left.abort(new Error('gone'));
  for (const { reading, leaves } of clients) {
    expect(await reading.settled).toEqual(leaves ? new Error('gone') : 'ended');
    if (!leaves) expect(reading.text()).toBe('The one answer.');
  }
  expect(world.made).toBe(10);
});

test('those who join see the words as they come, the earlier ones too, and pay nothing', async () => {
  const world = createAnswerWorld();
  const { step } = makeStepwise(world, ['One ', 'two ', 'three.']);
  const first = read(world.stream('Why?'));
  step(0);
  await expect.poll(first.text).toBe('One ');
  const second = read(world.stream('Why?'));
  await expect.poll(second.text).toBe('One ');
  step(1);
  await expect.poll(second.text).toBe('One two ');
  step(2);
  expect(await Promise.all([first.settled, second.settled])).toEqual(['ended', 'ended']);
  expect(first.seen.at(-1)).toMatchObject({ answer: { cached: false, usage: { costDollars: 0.25 } } });
  expect(second.seen.at(-1)).toMatchObject({ answer: { cached: 'exact', usage: { costDollars: 0 } } });
  expect(world.counted).toEqual(['exact miss', 'exact shared']);
});

test('who was first may leave: the answer goes on for the others, and the first request ends when its cost is known', async () => {
  const world = createAnswerWorld();
  const scope = createScope('acme');
  const { step, aborted } = makeStepwise(world, ['One ', 'two.']);
  const make = world.make;
  world.make = async function* (signal) {
    yield* make(signal);
    scope.usage.record(call);
  };
  const left = new AbortController();
  const first = read(world.stream('Why?', { scope, signal: left.signal }));
  step(0);
  await expect.poll(first.text).toBe('One ');
  const second = read(world.stream('Why?'));
  await expect.poll(second.text).toBe('One ');
  left.abort(new Error('gone'));
  expect(await Promise.race([first.settled, wait(50, 'open')])).toBe('open');
  step(1);
  expect(await second.settled).toBe('ended');
  expect(second.text()).toBe('One two.');
  expect(await first.settled).toEqual(new Error('gone'));
  expect(scope.usage.calls).toEqual([call]);
  expect(aborted).toEqual([]);
  expect(await world.ask('Why?')).toMatchObject({ cached: 'exact', text: 'One two.' });
});

test('an answer that nobody waits for any more is not made on, and its first request ends with what it has cost', async () => {
  const world = createAnswerWorld();
  const scope = createScope('acme');
  const { step, aborted } = makeStepwise(world, ['One ', 'two.']);
  const make = world.make;
  world.make = async function* (signal) {
    try {
      yield* make(signal);
    } finally {
      scope.usage.record({ ...call, outcome: 'aborted' });
    }
  };
  const clients = Array.from({ length: 3 }, () => new AbortController());
  const readings = clients.map(({ signal }) => read(world.stream('Why?', { scope, signal })));
  step(0);
  for (const { text } of readings) await expect.poll(text).toBe('One ');
  for (const client of clients) client.abort(new Error('gone'));
  for (const { settled } of readings) expect(await settled).toEqual(new Error('gone'));
  expect(aborted).toHaveLength(1);
  expect(scope.usage.calls).toMatchObject([{ outcome: 'aborted' }]);
  const again = read(world.stream('Why?'));
  step(1);
  expect(await again.settled).toBe('ended');
  expect(world.made).toBe(2);
});

test('a failure is told to all who wait, and the next question begins anew', async () => {
  const world = createAnswerWorld();
  const whole = world.make;
  world.make = async function* () {
    yield { type: 'delta', text: 'Half ' };
    await wait(20);
    throw new ApiError('model_timeout');
  };
  const readings = Array.from({ length: 5 }, () => read(world.stream('Why?')));
  for (const { settled } of readings) expect(await settled).toMatchObject({ code: 'model_timeout' });
  expect(world.made).toBe(1);
  world.make = whole;
  expect(await world.ask('Why?')).toMatchObject({ cached: false });
});

test('who asks after a change does not get the answer that was begun before it', async () => {
  const world = createAnswerWorld();
  const { step } = makeStepwise(world, ['Old.']);
  const before = read(world.stream('Why?'));
  await expect.poll(() => world.made).toBe(1);
  await world.changeDocuments();
  world.make = async function* () {
    yield* toEvents(toAnswer('New.'));
  };
  expect(await world.ask('Why?')).toMatchObject({ text: 'New.', cached: false });
  step(0);
  await before.settled;
  expect(await world.ask('Why?')).toMatchObject({ text: 'New.', cached: 'exact' });
});

test('one of two processes makes the answer, the other one waits for it', async () => {
  const world = createAnswerWorld();
  const by = world.createInstance();
  world.make = async function* () {
    await wait(150);
    yield* toEvents(toAnswer('The one answer.'));
  };
  const answers = await Promise.all([world.ask('Why?'), world.ask('Why?', { by })]);
  expect(world.made).toBe(1);
  expect(answers.map(({ cached }) => cached).toSorted()).toEqual(['exact', false]);
  expect(answers.map(({ text }) => text)).toEqual(['The one answer.', 'The one answer.']);
  expect(world.counted.toSorted()).toEqual(['exact miss', 'exact shared']);
});

test('where the process that makes it fails, or keeps nothing, the other one makes it', async () => {
  const world = createAnswerWorld();
  const by = world.createInstance();
  world.make = async function* () {
    const { made } = world;
    await wait(50);
    if (made === 1) throw new ApiError('model_timeout');
    yield* toEvents(toAnswer('The second answer.'));
  };
  const [first, second] = await Promise.allSettled([world.ask('Why?'), world.ask('Why?', { by })]);
  expect(first).toMatchObject({ reason: { code: 'model_timeout' } });
  expect(second).toMatchObject({ value: { text: 'The second answer.', cached: false } });
});

test('who waits for another process may leave', async () => {
  const world = createAnswerWorld();
  const { step } = makeStepwise(world, ['One.']);
  const first = read(world.stream('Why?'));
  await expect.poll(() => world.made).toBe(1);
  const left = new AbortController();
  const second = read(world.stream('Why?', { by: world.createInstance(), signal: left.signal }));
  await wait(20);
  left.abort(new Error('gone'));
  expect(await second.settled).toEqual(new Error('gone'));
  step(0);
  expect(await first.settled).toBe('ended');
  expect(world.made).toBe(1);
});

test('an answer without end is ended', async () => {
  const world = createAnswerWorld();
  world.make = async function* (signal) {
    for (;;) {
      signal.throwIfAborted();
      yield { type: 'delta', text: 'word '.repeat(100_000) };
    }
  };
  await expect(world.ask('Why?')).rejects.toMatchObject({ code: 'model_error' });
});
