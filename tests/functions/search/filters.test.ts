import { expect, test } from 'vitest';
import { createCorpus, idsOf } from './corpus.ts';

const text = 'A report about refunds.';
const documents = [
  {
    id: 'a',
    text,
    metadata: { lang: 'de', year: 2019, tags: ['x', 'y'], author: { name: 'Ann', team: { id: 1 } }, final: true },
  },
  { id: 'b', text, metadata: { lang: 'en', year: 2020, tags: ['y'], author: { name: 'Bob' }, final: false } },
  { id: 'c', text, metadata: { lang: 'fr', year: 2021, tags: [], date: '2024-05-01' } },
  { id: 'd', text, metadata: { lang: 'it', date: '2024-06-01', 'it\'s "odd"': 'yes', 'a%_b': 1 } },
  { id: 'e', text },
];

const cases: [filter: Record<string, unknown>, ids: string[]][] = [
  [{}, ['a', 'b', 'c', 'd', 'e']],
  [{ lang: 'de' }, ['a']],
  [{ lang: 'DE' }, []],
  [{ lang: ['de', 'en'] }, ['a', 'b']],
  [{ lang: 'd' }, []],
  [{ lang: '%' }, []],
  [{ lang: '*' }, []],
  [{ year: 2020 }, ['b']],
  [{ year: [2019, 2021] }, ['a', 'c']],
  [{ year: { gte: 2020 } }, ['b', 'c']],
  [{ year: { lte: 2020 } }, ['a', 'b']],
  [{ year: { gte: 2020, lte: 2020 } }, ['b']],
  [{ year: { gte: 2022 } }, []],
  [{ date: { gte: '2024-05-02' } }, ['d']],
  [{ date: { gte: '2024-01-01', lte: '2024-05-31' } }, ['c']],
  [{ final: true }, ['a']],
  [{ final: false }, ['b']],
  [{ 'author.name': 'Ann' }, ['a']],
  [{ 'author.name': ['Ann', 'Bob'] }, ['a', 'b']],
  [{ 'author.team.id': 1 }, ['a']],
  [{ 'author.nobody': 'Ann' }, []],
  [{ tags: 'y' }, ['a', 'b']],
  [{ tags: 'x' }, ['a']],
  [{ tags: ['x', 'z'] }, ['a']],
  [{ lang: 'de', year: 2019 }, ['a']],
  [{ lang: 'de', year: 2020 }, []],
  [{ missing: 'x' }, []],
  [{ lang: "de' OR '1'='1" }, []],
];

for (const mode of ['hybrid', 'lexical'])
  test.each(cases)(`${mode} search with %j`, async (filter, ids) => {
    const { search } = await createCorpus(documents);
    const found = await search({ query: 'refunds', filter, mode });
    expect(idsOf(found).toSorted()).toEqual(ids);
  });

test('a filter is applied before the best are chosen', async () => {
  const many = Array.from({ length: 150 }, (_, index) => ({
    id: `n${index}`,
    text: 'refunds refunds refunds',
    metadata: { k: 1 },
  }));
  const rare = { id: 'rare', text: 'Among a great many other words there is one about refunds.', metadata: { k: 2 } };
  const { search } = await createCorpus([...many, rare]);
  expect(idsOf(await search({ query: 'refunds', filter: { k: 2 }, limit: 1 }))).toEqual(['rare']);
});

test.each([
  { filter: 'lang:de' },
  { filter: ['lang'] },
  { filter: { lang: {} } },
  { filter: { year: { gt: 1 } } },
  { filter: { year: { gte: {} } } },
  { filter: { lang: { $ne: 'de' } } },
  { filter: { lang: [] } },
  { filter: { lang: [['de']] } },
  { filter: { lang: null } },
  { filter: { '': 'x' } },
  { filter: { lang: Array.from({ length: 5_000 }, (_, index) => `v${index}`) } },
  { filter: Object.fromEntries(Array.from({ length: 500 }, (_, index) => [`f${index}`, 1])) },
])('a filter that is none is refused: %#', async (changes) => {
  const { call, token } = await createCorpus([]);
  const response = await call('POST /v1/search', { token, json: { query: 'x', ...changes } });
  expect(response.status).toBe(400);
  expect(await response.json()).toMatchObject({
    code: 'invalid_request',
    errors: expect.arrayContaining([{ path: expect.stringMatching(/filter/), message: expect.any(String) }]),
  });
});
