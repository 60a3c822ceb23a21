import fc from 'fast-check';
import { expect, test } from 'vitest';
import { toCitations } from '#lib/answers/citations.ts';
import { toSentences } from '#lib/answers/sentences.ts';
import type { Source } from '#lib/answers/source.ts';

const source = (n: number, text: string, start = 0): Source => ({
  n,
  documentId: `d${n}`,
  title: `T${n}`,
  mediaType: 'text/plain',
  start,
  text,
});

test('each marker cites the sentence of its source that says most of what stands before it', () => {
  const sources = [
    source(1, 'The tower is tall. It was built in 1931 by Ada.', 100),
    source(2, 'Tickets cost 5 euros. Children pay 2 euros.'),
  ];
  const answer = 'Ada built it in 1931 [1]. A child pays two euros [2], an adult five: tickets cost 5 [2].';
  const citations = toCitations(answer, sources);
  expect(citations.map(({ n, quote }) => [n, quote])).toEqual([
    [1, 'It was built in 1931 by Ada.'],
    [2, 'Children pay 2 euros.'],
    [2, 'Tickets cost 5 euros.'],
  ]);
  expect(citations[0]).toMatchObject({ documentId: 'd1', title: 'T1', start: 119, end: 147 });
});

test('markers in a row stand behind the same words, and one place is cited once', () => {
  const sources = [source(1, 'Water boils at 100 degrees.'), source(2, 'Water boils at a hundred degrees.')];
  expect(toCitations('Water boils at 100 degrees [1][2]. It boils [1].', sources)).toHaveLength(2);
});

test('an answer without markers has no citations', () => {
  expect(toCitations('Nothing [0] here [x].', [source(1, 'Text.')])).toEqual([]);
});

test('a quote is always exactly what stands at its offsets', () => {
  const words = fc.array(
    fc.constantFrom('tower', 'sea', '😀', '世界', 'é.', 'end.', '\n\n', '- item', '?', '"quoted."', '\r\n'),
    { minLength: 1, maxLength: 40 },
  );
  fc.assert(
    fc.property(words, words, fc.nat({ max: 50 }), (text, claim, start) => {
      const document = ' '.repeat(start) + text.join(' ');
      for (const { quote, start: from, end } of toCitations(`${claim.join(' ')} [1]`, [
        source(1, document.slice(start), start),
      ])) {
        expect(document.slice(from, end)).toBe(quote);
      }
    }),
    { numRuns: 2_000 },
  );
});

test('sentences hold all of a text but its white space, in order', () => {
  const words = fc.array(
    fc.constantFrom('a', 'b.', 'C!', '\n', '\n\n', '\n- ', '\n| x |', '# h', '1. ', '世。', '😀', '  '),
    { maxLength: 40 },
  );
  fc.assert(
    fc.property(words, (parts) => {
      const text = parts.join('');
      const sentences = toSentences(text);
      for (const { start, end, text: sentence } of sentences) expect(text.slice(start, end)).toBe(sentence);
      expect(
        sentences
          .map((sentence) => sentence.text)
          .join('')
          .replace(/\s/g, ''),
      ).toBe(text.replace(/\s/g, ''));
    }),
    { numRuns: 2_000 },
  );
});
