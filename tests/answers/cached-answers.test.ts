import { expect, test } from 'vitest';
import type { Answer, Question } from '#lib/answers/answer.ts';
import type { AnswerMeans } from '#lib/answers/cached-answers.ts';
import { ApiError } from '#lib/core/api-error.ts';
import type { ScopeClaims } from '#lib/tenancy/tenant-scope.ts';
import { calm, createScope } from '#tests/support/scope.ts';
import { createAnswerWorld, toAnswer, toEvents, toQuestion } from './cached-answers-world.ts';

const away = () => Promise.reject(new ApiError('state_unavailable'));

test('the same question again is answered from the cache, in full and for nothing', async () => {
  const world = createAnswerWorld();
  const first = await Array.fromAsync(world.stream('How tall is the tower?'));
  const second = await Array.fromAsync(world.stream('How tall is the tower?'));
  expect(world.made).toBe(1);
  expect(second.map(({ type }) => type)).toEqual(['source', 'delta', 'end']);
  expect(second[0]).toEqual(first[0]);
  const usage = { inputTokens: 0, outputTokens: 0, costDollars: 0, isEstimated: false };
  expect(second.at(-1)).toEqual({ type: 'end', answer: { ...toAnswer('Answer 1.'), cached: 'exact', usage } });
  expect(world.counted).toEqual(['exact miss', 'exact hit']);
});

test('spaces and the composition of characters make no other question, their case does', async () => {
  const world = createAnswerWorld();
  await world.ask('Who is José in IT?');
  expect(await world.ask('  Who is\n Jose\u0301 in  IT? ')).toMatchObject({ cached: 'exact' });
  expect(await world.ask('Who is José in it?')).toMatchObject({ cached: false });
});

const filter = { year: { gte: 2020, lte: 2024 }, kind: ['a', 'b'] };

test.each<[string, Partial<Omit<ScopeClaims, 'tenantId'>>, Partial<Question>, Partial<AnswerMeans>]>([
  ['groups', { groups: ['board'] }, {}, {}],
  ['incarnation of the tenant', { incarnation: 'second' }, {}, {}],
  ['weights', { retrieval: { weights: { lexical: 1, ngram: 0, vector: 0 } } }, {}, {}],
  ['guardrails', { guardrails: { retrieved_instructions: 'ignore' } }, {}, {}],
  ['conversation', {}, { conversation: [{ role: 'user', content: 'Hello' }] }, {}],
  ['limit', {}, { limit: 6 }, {}],
  ['filter', {}, { filter: { year: 2024 } }, {}],
  ['temperature', {}, { temperature: 0.5 }, {}],
  ['longest answer', {}, { maxOutputTokens: 100 }, {}],
  ['model', {}, {}, { model: 'model-2' }],
  ['prompt', {}, {}, { promptVersion: '2' }],
])('another %s is another question', async (_, claims, question, means) => {
  const world = createAnswerWorld();
  await world.ask('Why?');
  const again = await world.ask(toQuestion('Why?', question), { scope: createScope('acme', claims), means });
  expect(again).toMatchObject({ cached: false });
  expect(world.made).toBe(2);
});

test('what two tenants ask is never shared', async () => {
  const world = createAnswerWorld();
  await world.ask('Why?');
  expect(await world.ask('Why?', { scope: createScope('globex') })).toMatchObject({ cached: false });
});

test('who asks, in which role, and the order that groups and filters are written in decide nothing', async () => {
  const world = createAnswerWorld();
  await world.ask(toQuestion('Why?', { filter }), { scope: createScope('acme', { groups: ['a', 'b'] }) });
  const scope = createScope('acme', { groups: ['b', 'a', 'b'], userId: 'user-2', role: 'tenant_admin' });
  const turned = { kind: ['a', 'b'], year: { lte: 2024, gte: 2020 } };
  expect(await world.ask(toQuestion('Why?', { filter: turned }), { scope })).toMatchObject({ cached: 'exact' });
});

test('an answer is gone as soon as a document changes, and while one is changing', async () => {
  const world = createAnswerWorld();
  await world.ask('Why?');
  await world.corpus.beginWrite(createScope('acme'), 'write', 60_000, calm);
  expect(await world.ask('Why?')).toMatchObject({ cached: false });
  expect(await world.ask('Why?'), 'nothing is kept of what is changing').toMatchObject({ cached: false });
  await world.corpus.endWrite(createScope('acme'), 'write', calm);
  expect(await world.ask('Why?')).toMatchObject({ cached: false });
  expect(await world.ask('Why?')).toMatchObject({ cached: 'exact' });
});

test('an answer that was made while a document changed is not kept', async () => {
  const world = createAnswerWorld();
  world.make = async function* () {
    await world.changeDocuments();
    yield* toEvents(toAnswer('Old or new.'));
  };
  await world.ask('Why?');
  expect(await world.ask('Why?')).toMatchObject({ cached: false });
});

test.each<[string, Partial<Answer>]>([
  ['was cut', { finish: 'length' }],
  ['misses a part of the documents', { isDegraded: true }],
  ['another model wrote', { model: 'fallback' }],
  ['is too large', { text: 'x'.repeat(256 * 1024) }],
])('an answer that %s is not kept', async (_, changes) => {
  const world = createAnswerWorld();
  world.make = async function* () {
    yield* toEvents(toAnswer('Words.', changes));
  };
  await world.ask('Why?');
  expect(await world.ask('Why?')).toMatchObject({ cached: false });
  expect(world.made).toBe(2);
});

test('that there is no evidence is remembered as well', async () => {
  const world = createAnswerWorld();
  world.make = async function* () {
    yield* toEvents(toAnswer('I could not find enough.', { finish: 'no_evidence', citations: [] }));
  };
  await world.ask('Why?');
  expect(await world.ask('Why?')).toMatchObject({ cached: 'exact', finish: 'no_evidence' });
});

test('a failure, early or late, is told and not kept', async () => {
  const world = createAnswerWorld();
  const whole = world.make;
  world.make = async function* () {
    yield { type: 'delta', text: 'Half of ' };
    throw new ApiError('model_timeout');
  };
  await expect(world.ask('Why?')).rejects.toMatchObject({ code: 'model_timeout' });
  world.make = whole;
  expect(await world.ask('Why?')).toMatchObject({ cached: false, text: 'Answer 2.' });
});

test('an answer is kept for its time, and not at all where that is 0', async () => {
  let time = Date.now();
  const world = createAnswerWorld({ ttlSeconds: 60, now: () => time });
  await world.ask('Why?');
  time += 59_000;
  expect(await world.ask('Why?')).toMatchObject({ cached: 'exact' });
  time += 2_000;
  expect(await world.ask('Why?')).toMatchObject({ cached: false });

  const without = createAnswerWorld({ ttlSeconds: 0 });
  await without.ask('Why?');
  expect(await without.ask('Why?')).toMatchObject({ cached: false });
  expect(without.counted).toEqual([]);
});

test('who wants a new answer gets one, and the next one gets that', async () => {
  const world = createAnswerWorld();
  await world.ask('Why?');
  expect(await world.ask('Why?', { means: { isBypassed: true } })).toMatchObject({ cached: false, text: 'Answer 2.' });
  expect(await world.ask('Why?')).toMatchObject({ cached: 'exact', text: 'Answer 2.' });
  expect(world.counted).toEqual(['exact miss', 'exact bypassed', 'exact hit']);
});

test.each(['get', 'put', 'delete'] as const)('a store that does not answer to %s fails no question', async (method) => {
  const world = createAnswerWorld({ disturb: (store) => ({ store: { ...store, [method]: away } }) });
  expect(await world.ask('Why?')).toMatchObject({ cached: false, text: 'Answer 1.' });
  expect(await world.ask('Why?', { means: { isBypassed: true } })).toMatchObject({ text: 'Answer 2.' });
});

test.each([1, 2, 3])('a corpus that is not told at call %d fails no question, and nothing is kept', async (failing) => {
  let calls = 0;
  const world = createAnswerWorld({
    disturb: (_, corpus) => ({
      corpus: {
        ...corpus,
        read(...given) {
          calls += 1;
          return calls === failing ? away() : corpus.read(...given);
        },
      },
    }),
  });
  expect(await world.ask('Why?')).toMatchObject({ cached: false, text: 'Answer 1.' });
  expect(await world.ask('Why?')).toMatchObject({ cached: false, text: 'Answer 2.' });
});

test('a record that is none is not answered with', async () => {
  const world = createAnswerWorld({
    disturb: (store) => ({
      store: {
        ...store,
        get: async (...given) => (await store.get(...given)) && { value: '{"corpus":0}', version: 1 },
      },
    }),
  });
  await world.ask('Why?');
  expect(await world.ask('Why?')).toMatchObject({ cached: false });
});

test('a failing cache that is no outage is told to the operator, after the answer', async () => {
  let isBroken = false;
  const world = createAnswerWorld({
    disturb: (store) => ({
      store: {
        ...store,
        put: (key, value, ...rest) =>
          isBroken && value !== '' ? Promise.reject(new Error('A bug')) : store.put(key, value, ...rest),
      },
    }),
  });
  isBroken = true;
  expect(await world.ask('Why?')).toMatchObject({ text: 'Answer 1.' });
  expect(world.logged).toMatchObject([{ event: 'answer_not_kept', tenant_id: 'acme' }]);
});
