import { expect, test } from 'vitest';
import { ApiError } from '#lib/core/api-error.ts';
import { createScope } from '#tests/support/scope.ts';
import { createAlikeEmbedder } from './alike-embedder.ts';
import { createAnswerWorld, toQuestion } from './cached-answers-world.ts';

test('the same question in other small words is answered from the cache, and said to be', async () => {
  const world = createAnswerWorld(createAlikeEmbedder());
  await world.ask('When are refunds paid out?');
  expect(await world.ask('When do refunds get paid out?')).toMatchObject({
    cached: 'semantic',
    text: 'Answer 1.',
    usage: { costDollars: 0 },
  });
  expect(world.counted).toEqual(['semantic miss', 'exact miss', 'semantic hit', 'exact miss']);
});

test.each([
  ['another number', 'What was the revenue in 2023?', 'What was the revenue in 2024?'],
  ['another name', 'What does Acme pay?', 'What does Globex pay?'],
  ['another name in lower case', 'what does acme pay?', 'what does globex pay?'],
  ['a negation', 'Which items can be returned?', 'Which items can not be returned?'],
  ["a negation's short form", 'Which items can be returned?', "Which items can't be returned?"],
  ['turned roles', 'Does Acme supply Globex?', 'Does Globex supply Acme?'],
  ['another direction', 'How far is it from Berlin to Paris?', 'How far is it from Paris to Berlin?'],
  ['an opposite', 'Is the gene active?', 'Is the gene inactive?'],
  ['another thing asked for', 'When was the tower built?', 'Where was the tower built?'],
  ['nothing but small words', 'What is that?', 'Which of the?'],
])('%s makes another question, however near the vectors are', async (_, first, second) => {
  const world = createAnswerWorld(createAlikeEmbedder());
  await world.ask(first);
  expect(await world.ask(second)).toMatchObject({ cached: false });
});

const near = createAlikeEmbedder({ 'When do refunds get paid out?': [0.96, 0.28, 0] });
const far = createAlikeEmbedder({ 'When do refunds get paid out?': [0.9, 0.436, 0] });

test.each([
  ['a near one', near, undefined, 'semantic'],
  ['a far one', far, undefined, false],
  ['a far one where the tenant wants it', far, 0.85, 'semantic'],
  ['a near one where the tenant does not want it', near, 0.99, false],
] as const)('how near it has to be is for the tenant to say: %s', async (_, { embedder }, threshold, cached) => {
  const world = createAnswerWorld({ embedder });
  const cache = threshold === undefined ? undefined : { semantic_threshold: threshold };
  const scope = createScope('acme', { cache });
  await world.ask('When are refunds paid out?', { scope });
  expect(await world.ask('When do refunds get paid out?', { scope })).toMatchObject({ cached });
});

test('a tenant that wants none has nothing compared', async () => {
  const { embedder, asked } = createAlikeEmbedder();
  const world = createAnswerWorld({ embedder });
  const scope = createScope('acme', { cache: { semantic_threshold: 1 } });
  await world.ask('When are refunds paid out?', { scope });
  expect(await world.ask('When do refunds get paid out?', { scope })).toMatchObject({ cached: false });
  expect(asked).toEqual([]);
});

test('a question within a conversation is not compared: its words do not say what it means', async () => {
  const { embedder, asked } = createAlikeEmbedder();
  const world = createAnswerWorld({ embedder });
  const conversation = [{ role: 'user', content: 'About refunds' }] as const;
  await world.ask(toQuestion('When are they paid out?', { conversation }));
  expect(await world.ask(toQuestion('When do they get paid out?', { conversation }))).toMatchObject({ cached: false });
  expect(asked).toEqual([]);
});

test('neither other groups, another tenant, nor other documents than now answer it', async () => {
  const world = createAnswerWorld(createAlikeEmbedder());
  await world.ask('When are refunds paid out?');
  for (const scope of [createScope('acme', { groups: ['board'] }), createScope('globex')]) {
    expect(await world.ask('When do refunds get paid out?', { scope })).toMatchObject({ cached: false });
  }
  await world.changeDocuments();
  expect(await world.ask('When do refunds get paid out?')).toMatchObject({ cached: false });
});

test('an embedder that fails fails no question', async () => {
  const { embedder } = createAlikeEmbedder();
  const broken = { ...embedder, embed: () => Promise.reject(new ApiError('model_overloaded')) };
  const world = createAnswerWorld({ embedder: broken });
  expect(await world.ask('When are refunds paid out?')).toMatchObject({ cached: false });
  expect(await world.ask('When are refunds paid out?')).toMatchObject({ cached: 'exact' });
});

test('the latest 64 questions are compared with', async () => {
  const world = createAnswerWorld(createAlikeEmbedder());
  for (let index = 0; index < 65; index += 1) await world.ask(`What is item number ${index}?`);
  expect(await world.ask('What is the item number 1?')).toMatchObject({ cached: 'semantic', text: 'Answer 2.' });
  expect(await world.ask('What is the item number 0?')).toMatchObject({ cached: false });
});

test('what many ask at once is compared once', async () => {
  const { embedder, asked } = createAlikeEmbedder();
  const world = createAnswerWorld({ embedder });
  await world.ask('When are refunds paid out?');
  const answers = await Promise.all(Array.from({ length: 100 }, () => world.ask('When do refunds get paid out?')));
  expect(new Set(answers.map(({ cached }) => cached))).toEqual(new Set(['semantic']));
  expect(asked).toEqual(['When are refunds paid out?', 'When do refunds get paid out?']);
});
