import { flattenMetadata, type Filter, type FilterScalar, type Metadata } from '../filter.ts';

/** Below Lucene's limit of 32,766 bytes a term, whatever the characters; a filter's values are shorter. */
const maxText = 1_100;
/** A filter can't name a longer one. */
const maxField = 200;
const separator = '\u0000';

/** Sorts like the number: the sign bit is flipped, all bits where it is negative (IEEE 754 totalOrder). */
function toSortable(number: number): string {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, number === 0 ? 0 : number);
  const bits = view.getBigUint64(0);
  const isNegative = bits >> 63n === 1n;
  const flipped = isNegative ? BigInt.asUintN(64, ~bits) : bits | (1n << 63n);
  return flipped.toString(16).padStart(16, '0');
}

const textOf = (field: string, value: FilterScalar): string =>
  `${field}${separator}t${Array.from(String(value).slice(0, 2 * maxText))
    .slice(0, maxText)
    .join('')}`;
const numberOf = (field: string, value: number): string => `${field}${separator}n${toSortable(value)}`;

/**
 * Metadata as terms of one keyword field: each value as text and, where it is one, as a number, both
 * behind the field's name. A mapping for each client's fields could grow without bound, and a
 * flat_object compares numbers as text.
 */
export const toFacts = (metadata: Metadata): string[] => [
  ...new Set(
    flattenMetadata(metadata).flatMap(({ field, value }) => {
      if (field.length > maxField) return [];
      return typeof value === 'number' ? [textOf(field, value), numberOf(field, value)] : [textOf(field, value)];
    }),
  ),
];

function toRange(field: string, { gte, lte }: Extract<Filter[string], { gte?: unknown }>): object {
  const isNumber = typeof (gte ?? lte) === 'number';
  const bound = (value: string | number) => (typeof value === 'number' ? numberOf(field, value) : textOf(field, value));
  const kind = `${field}${separator}${isNumber ? 'n' : 't'}`;
  const next = `${field}${separator}${isNumber ? 'o' : 'u'}`;
  return {
    range: {
      facts: {
        gte: gte === undefined ? kind : bound(gte),
        ...(lte === undefined ? { lt: next } : { lte: bound(lte) }),
      },
    },
  };
}

/** The filter as clauses of a query, all of which must hold. */
export const toFactClauses = (filter: Filter): object[] =>
  Object.entries(filter).map(([field, wanted]) => {
    if (typeof wanted !== 'object') return { term: { facts: textOf(field, wanted) } };
    if (Array.isArray(wanted)) return { terms: { facts: wanted.map((value) => textOf(field, value)) } };
    return toRange(field, wanted);
  });
