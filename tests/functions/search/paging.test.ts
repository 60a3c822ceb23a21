import { expect, test } from 'vitest';
import { SearchResponse } from '#functions/search/contract.ts';
import { parseBody } from '#tests/support/body.ts';
import { createToken } from '#tests/support/platform.ts';
import { createCorpus, type Corpus } from './corpus.ts';

const documents = Array.from({ length: 45 }, (_, index) => ({
  id: `d${String(index).padStart(2, '0')}`,
  text: `Refunds ${'again '.repeat(index % 7)}and ${'refunds '.repeat(index % 5)}of case ${index}.`,
}));

async function readPages({ search }: Corpus, json: Record<string, unknown>): Promise<string[]> {
  const seen: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await search({ ...json, ...(cursor === undefined ? {} : { cursor }) });
    expect(page.hits.length, 'no page is empty').toBeGreaterThan(0);
    seen.push(...page.hits.map(({ document_id: id, chunk }) => `${id}/${chunk}`));
    cursor = page.next_cursor;
  } while (cursor !== undefined && seen.length < 1_000);
  return seen;
}

test.each([
  ['hybrid', 'chunk', 10],
  ['hybrid', 'document', 7],
  ['lexical', 'chunk', 1],
  ['lexical', 'chunk', 45],
])('%s pages by %s of %i have no gap and no repeat', async (mode, groupBy, limit) => {
  const corpus = await createCorpus(documents);
  const json = { query: 'refunds again', mode, group_by: groupBy };
  const whole = await corpus.search({ ...json, limit: 100 });
  const paged = await readPages(corpus, { ...json, limit });
  expect(paged).toEqual(whole.hits.map(({ document_id: id, chunk }) => `${id}/${chunk}`));
  expect(new Set(paged).size).toBe(45);
});

test('more hits than one page may hold are all reached', async () => {
  const many = Array.from({ length: 230 }, (_, index) => ({ id: `m${index}`, text: `Refunds of case ${index}.` }));
  const paged = await readPages(await createCorpus(many), { query: 'refunds', limit: 100 });
  expect(new Set(paged).size).toBe(paged.length);
  expect(paged.length, 'at least the 100 candidates of a clause').toBeGreaterThanOrEqual(100);
});

test('a cursor serves its own search only', async () => {
  const { call, token, search } = await createCorpus(documents);
  const json = { query: 'refunds', limit: 5, filter: {}, mode: 'hybrid' };
  const { next_cursor: cursor = expect.fail('no cursor') } = await search(json);
  const statusOf = async (changes: object, as = token) =>
    (await call('POST /v1/search', { token: as, json: { ...json, cursor, ...changes } })).status;

  expect(await statusOf({})).toBe(200);
  expect(await statusOf({ limit: 9 }), 'a page of another size').toBeLessThan(500);
  expect(await statusOf({ query: 'case' })).toBe(400);
  expect(await statusOf({ filter: { lang: 'de' } })).toBe(400);
  expect(await statusOf({ mode: 'lexical' })).toBe(400);
  expect(await statusOf({ group_by: 'document' })).toBe(400);
  expect(await statusOf({}, await createToken({ tenant_id: 'beta' })), 'another tenant').toBe(400);
});

test('a cursor shows nobody what their groups hide', async () => {
  const corpus = await createCorpus(documents);
  const board = await createToken({ groups: ['board'] });
  const hidden = Array.from({ length: 10 }, (_, index) => ({ id: `h${index}`, text: 'Refunds.', groups: ['board'] }));
  await corpus.store(hidden, board);
  const { next_cursor: cursor } = await corpus.search({ query: 'refunds', limit: 1 }, board);
  const response = await corpus.call('POST /v1/search', {
    token: corpus.token,
    json: { query: 'refunds', limit: 100, cursor },
  });
  const { hits } = await parseBody(SearchResponse, response);
  for (const { document_id: id } of hits) expect(id).not.toMatch(/^h/);
});

test('a changed or made-up cursor is refused in the same way', async () => {
  const { call, token, search } = await createCorpus(documents);
  const { next_cursor: cursor = '' } = await search({ query: 'refunds', limit: 5 });
  const flipped = `${cursor.slice(0, 5)}${cursor[5] === 'A' ? 'B' : 'A'}${cursor.slice(6)}`;
  const guesses = [flipped, cursor.slice(1), `${cursor}A`, 'x', '', Buffer.from('{"offset":5}').toString('base64url')];
  const answers = new Set<string>();
  for (const guess of guesses) {
    const response = await call('POST /v1/search', {
      token,
      json: { query: 'refunds', limit: 5, cursor: guess },
      headers: { 'x-request-id': 'same' },
    });
    expect(response.status, guess).toBe(400);
    answers.add(await response.text());
  }
  expect(answers.size).toBe(1);
  expect([...answers][0]).toContain('cursor');
});
