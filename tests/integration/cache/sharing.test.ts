import { setTimeout as wait } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { randomUUID } from 'node:crypto';
import type { AnswerEvent } from '#lib/answers/answer.ts';
import { createCachedAnswers } from '#lib/answers/cached-answers.ts';
import { createCorpusWrites } from '#lib/cache/corpus-writes.ts';
import type { State } from '#lib/state/state.ts';
import { defaultMeans, toAnswer, toEvents, toQuestion } from '#tests/answers/cached-answers-world.ts';
import { startRedisServer } from '#tests/support/redis-server.ts';
import { calm, createScope } from '#tests/support/scope.ts';
import { createRecordedTelemetry } from '#tests/support/telemetry.ts';
import { openState } from '../state/open-store.ts';

async function open(url: string, budget: string): Promise<State> {
  const state = await openState({ STATE_STORE: 'redis', REDIS_URL: url, STATE_TIMEOUT_MILLISECONDS: budget });
  onTestFinished(() => state.close());
  return state;
}

/** The cache as two pods have it. */
async function createPods(budget = '10000') {
  const redis = await startRedisServer();
  const states = await Promise.all([open(redis.url, budget), open(redis.url, budget)]);
  const made = { count: 0, milliseconds: 300 };
  async function* produce(signal: AbortSignal): AsyncGenerator<AnswerEvent> {
    made.count += 1;
    await wait(made.milliseconds, undefined, { signal });
    yield* toEvents(toAnswer('The one answer.'));
  }
  const pods = states.map(({ store, corpus }) =>
    createCachedAnswers({
      ...createRecordedTelemetry(),
      store,
      corpus,
      embedder: undefined,
      randomId: randomUUID,
      ttlSeconds: 3_600,
    }),
  );
  async function ask(client: number, tenant: string, signal = calm): Promise<string> {
    const pod = pods[client % pods.length] ?? expect.fail('There is no pod');
    for await (const event of pod(createScope(tenant), toQuestion('Why?'), defaultMeans, produce, signal)) {
      if (event.type === 'end') return event.answer.text;
    }
    throw new Error('The answer has no end');
  }
  return { redis, states, made, ask };
}

test('a thousand identical questions at once, to two pods, cost one answer; of ten tenants ten; half of the clients leave', async () => {
  const { made, ask } = await createPods();
  for (const tenants of [1, 10]) {
    made.count = 0;
    const clients = Array.from({ length: 1_000 }, (_, client) => {
      const left = new AbortController();
      const answer = ask(client, `of-${tenants}-tenant-${client % tenants}`, left.signal);
      const settled = answer.catch(() => 'left');
      return { left, settled, leaves: Math.floor(client / 20) % 2 === 0 };
    });
    await wait(100);
    for (const { left, leaves } of clients) if (leaves) left.abort(new Error('The client left'));
    for (const { settled, leaves } of clients) expect(await settled).toBe(leaves ? 'left' : 'The one answer.');
    expect(made.count).toBe(tenants);
  }
});

test('while the store is frozen questions are answered, and documents not changed; then all is as before', async () => {
  const { redis, states, made, ask } = await createPods('75');
  made.milliseconds = 0;
  await ask(0, 'acme');
  expect(await ask(1, 'acme')).toBe('The one answer.');
  expect(made.count).toBe(1);
  redis.pause();
  for (let count = 2; count <= 5; count += 1) {
    expect(await ask(count, 'acme')).toBe('The one answer.');
    expect(made.count).toBe(count);
  }
  const corpus = states[0]?.corpus ?? expect.fail('There is no state');
  const writes = createCorpusWrites({ corpus, randomId: randomUUID });
  const work = () => expect.fail('The work was begun');
  await expect(writes.during(createScope('acme'), work, calm)).rejects.toMatchObject({ code: 'state_unavailable' });
  redis.resume();
  const read = () => corpus.read(createScope('acme'), calm).catch(() => undefined);
  await expect.poll(read, { timeout: 10_000 }).toBeDefined();
  made.count = 0;
  await ask(0, 'globex');
  await ask(0, 'globex');
  expect(made.count).toBe(1);
});

test('what a pod that is gone was making is made by another one after a while', { timeout: 30_000 }, async () => {
  const { states, made, ask } = await createPods();
  const lost = new Error('The pod is gone');
  const store = { ...(states[0]?.store ?? expect.fail()), delete: () => Promise.reject(lost) };
  const gone = createCachedAnswers({
    ...createRecordedTelemetry(),
    store,
    corpus: states[0]?.corpus ?? expect.fail(),
    embedder: undefined,
    randomId: randomUUID,
    ttlSeconds: 3_600,
  });
  async function* fail(): AsyncGenerator<AnswerEvent> {
    yield { type: 'delta', text: 'Half of ' };
    throw lost;
  }
  const events = gone(createScope('acme'), toQuestion('Why?'), defaultMeans, fail, calm);
  await expect(Array.fromAsync(events)).rejects.toBe(lost);
  expect(await ask(1, 'acme')).toBe('The one answer.');
  expect(made.count).toBe(1);
});
