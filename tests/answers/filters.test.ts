import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createCitationFilter } from '#lib/answers/citation-filter.ts';
import { createRefusalFilter } from '#lib/answers/refusal-filter.ts';

function filtered(parts: readonly string[], sources: number): string {
  const filter = createCitationFilter(sources);
  return parts.map((part) => filter.push(part)).join('') + filter.end();
}

/** A text and some way to cut it into pieces. */
const cutText = fc
  .array(
    fc.constantFrom(
      'a',
      ' ',
      '[',
      ']',
      '1',
      '2',
      '3',
      '[1]',
      '[2]',
      '[7]',
      ' [9]',
      '\n',
      'é',
      '😀',
      '[[1]]',
      '[1',
      '12]',
    ),
    { maxLength: 30 },
  )
  .chain((pieces) => fc.tuple(fc.constant(pieces.join('')), fc.array(fc.nat({ max: 4 }), { maxLength: 60 })));

function cut(text: string, sizes: readonly number[]): string[] {
  const parts: string[] = [];
  let rest = text;
  for (const size of sizes) {
    parts.push(rest.slice(0, size));
    rest = rest.slice(size);
  }
  return [...parts, rest];
}

test('however a text is cut, the same of it is shown', () => {
  fc.assert(
    fc.property(cutText, ([text, sizes]) => {
      expect(filtered(cut(text, sizes), 2)).toBe(filtered([text], 2));
    }),
    { numRuns: 5_000 },
  );
});

test('no marker of a source that was not given is shown', () => {
  fc.assert(
    fc.property(cutText, ([text, sizes]) => {
      const numbers = [...filtered(cut(text, sizes), 2).matchAll(/\[(\d{1,3})\]/g)].map(([, n]) => Number(n));
      expect(numbers.filter((n) => n < 1 || n > 2)).toEqual([]);
    }),
    { numRuns: 5_000 },
  );
});

test('text without markers comes through as it is, at once but for a last space', () => {
  const filter = createCitationFilter(1);
  expect(filter.push('Hello')).toBe('Hello');
  expect(filter.push(' you ')).toBe(' you');
  expect(filter.push('[x] [y')).toBe(' [x] [y');
  expect(filter.end()).toBe('');
});

test('the refusal is recognized in any pieces, and nothing of it is shown', () => {
  fc.assert(
    fc.property(
      fc.constantFrom('NO_EVIDENCE', ' NO_EVIDENCE', 'NO_EVIDENCE.', 'NO_EVIDENCE\n'),
      fc.array(fc.nat({ max: 5 })),
      (text, sizes) => {
        const filter = createRefusalFilter();
        expect(
          cut(text, sizes)
            .map((part) => filter.push(part))
            .join(''),
        ).toBe('');
        expect(filter.end()).toEqual({ text: '', isRefusal: true });
      },
    ),
  );
});

test.each(['', 'N', 'NO', 'NOT at all', 'NO_EVIDENCE of that was found, but', 'Yes. NO_EVIDENCE'])(
  '%j is no refusal',
  (text) => {
    const filter = createRefusalFilter();
    const shown = [...text].map((character) => filter.push(character)).join('');
    const rest = filter.end();
    expect(rest.isRefusal).toBe(false);
    expect(shown + rest.text).toBe(text);
  },
);
