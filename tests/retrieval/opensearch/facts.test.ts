import fc from 'fast-check';
import { expect, test } from 'vitest';
import { toFactClauses, toFacts } from '#lib/retrieval/opensearch/facts.ts';

const termOf = (clause: object | undefined): string => Object(clause).term.facts;
const rangeOf = (clause: object | undefined): { gte?: string; lte?: string; lt?: string } => Object(clause).range.facts;

/** As the engine compares terms of a keyword field: by their UTF-8 bytes. */
const compare = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));
const isIn = (term: string, { gte, lte, lt }: ReturnType<typeof rangeOf>) =>
  (gte === undefined || compare(term, gte) >= 0) &&
  (lte === undefined || compare(term, lte) <= 0) &&
  (lt === undefined || compare(term, lt) < 0);

const matches = (metadata: Record<string, never> | object, filter: Record<string, object>) => {
  const facts = toFacts({ ...metadata });
  return toFactClauses(Object(filter)).every((clause) => facts.some((fact) => isIn(fact, rangeOf(clause))));
};

test('a value is found by itself, as text, whatever its type', () => {
  for (const value of ['law', 2024, -0.5, true, '']) {
    const [clause] = toFactClauses({ field: value });
    expect(toFacts({ field: value })).toContain(termOf(clause));
    expect(toFacts({ other: value })).not.toContain(termOf(clause));
  }
  const [nested] = toFactClauses({ 'author.name': 'Ada' });
  expect(toFacts({ author: { name: ['Ada', 'Bob'] } })).toContain(termOf(nested));
});

test('numbers are in a range exactly when they are', () => {
  const number = fc.oneof(
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.integer(),
    fc.constantFrom(0, -0, 1e308),
  );
  fc.assert(
    fc.property(number, number, number, (value, gte, lte) => {
      expect(matches({ n: value }, { n: { gte } })).toBe(value >= gte);
      expect(matches({ n: value }, { n: { lte } })).toBe(value <= lte);
      expect(matches({ n: value }, { n: { gte, lte } })).toBe(value >= gte && value <= lte);
    }),
  );
});

test('text is in a range by its bytes, and never a field of another name or a number', () => {
  const text = fc.string({ unit: 'binary-ascii', maxLength: 20 });
  fc.assert(
    fc.property(text, text, (value, gte) => {
      expect(matches({ t: value }, { t: { gte } })).toBe(compare(value, gte) >= 0);
      expect(matches({ t: value }, { t: { lte: gte } })).toBe(compare(value, gte) <= 0);
      expect(matches({ t2: value, s: value }, { t: { gte: '' } })).toBe(false);
      expect(matches({ t: value }, { t: { gte: -1e308 } })).toBe(false);
    }),
  );
});

test('terms stay below the engine’s limit of bytes, and what a filter can ask is not cut off', () => {
  const long = '😀'.repeat(4_000);
  for (const fact of toFacts({ field: long })) expect(Buffer.byteLength(fact)).toBeLessThan(32_766);
  const value = '😀'.repeat(500);
  const [clause] = toFactClauses({ field: value });
  expect(toFacts({ field: value })).toContain(termOf(clause));
  expect(toFacts({ field: `${value}x` })).not.toContain(termOf(clause));
});
