import { expect, test } from 'vitest';
import { createCorpus, idsOf } from './corpus.ts';

const paragraph = (topic: string, index: number) =>
  `Paragraph ${index} is about ${topic}. ${'It explains many things at great length and with patience. '.repeat(18)}`;
const long = {
  id: 'long',
  title: 'Handbook',
  text: Array.from({ length: 12 }, (_, index) => paragraph('refunds', index)).join('\n\n'),
};
const short = { id: 'short', title: 'Note', text: 'Refunds are quick.' };

test('there is one hit per passage, or the best passage of each document', async () => {
  const { search } = await createCorpus([long, short]);
  const byChunk = await search({ query: 'refunds', limit: 100 });
  const passages = byChunk.hits.filter(({ document_id: id }) => id === 'long');
  expect(passages.length).toBeGreaterThan(2);
  expect(new Set(passages.map(({ chunk }) => chunk)).size).toBe(passages.length);

  const byDocument = await search({ query: 'refunds', limit: 100, group_by: 'document' });
  expect(idsOf(byDocument).toSorted()).toEqual(['long', 'short']);
  const best = byDocument.hits.find(({ document_id: id }) => id === 'long');
  expect(best?.chunk).toBe(passages[0]?.chunk);
});

test('hits come best first, at most ten unless more are asked for', async () => {
  const documents = Array.from({ length: 15 }, (_, index) => ({ id: `d${index}`, text: `Refunds of case ${index}.` }));
  const { search } = await createCorpus(documents);
  const found = await search({ query: 'refunds' });
  expect(found.hits).toHaveLength(10);
  const scores = found.hits.map(({ score }) => score);
  expect(scores).toEqual(scores.toSorted((left, right) => right - left));
  expect((await search({ query: 'refunds', limit: 3 })).hits).toHaveLength(3);
  expect((await search({ query: 'refunds', limit: 100 })).hits).toHaveLength(15);
});

test('highlights stand where the words of the query are', async () => {
  const { search } = await createCorpus([{ id: 'a', text: '😀 We refund at once. A Refund of REFUNDS, they say.' }]);
  const { hits } = await search({ query: 'refunds', highlight: true });
  const [{ text, highlights = [] } = expect.fail('no hit')] = hits;
  const marked = highlights.map(({ start, end }) => text.slice(start, end));
  expect(marked).toEqual(['refund', 'Refund', 'REFUNDS']);
});

test('an explanation names the parts of the score', async () => {
  const { search } = await createCorpus([long, short]);
  const { hits } = await search({ query: 'quick refunds', explain: true });
  expect(hits[0]?.explanation).toMatchObject({ lexical: expect.any(Number), ngram: expect.any(Number) });
  expect(hits[0]?.explanation).not.toHaveProperty('vector');
  const lexical = await search({ query: 'quick refunds', explain: true, mode: 'lexical' });
  expect(lexical.hits[0]?.explanation).toMatchObject({ lexical: expect.any(Number) });
  expect(lexical.hits[0]?.explanation).not.toHaveProperty('ngram');
});
