import fc from 'fast-check';
import { parse } from 'csv-parse/sync';
import { expect, test } from 'vitest';
import { formatDollars } from '#lib/usage/format-dollars.ts';
import { toDollars, toNanodollars } from '#lib/usage/money.ts';
import { toCsv } from '#lib/usage/to-csv.ts';

test.each([
  [0, '0'],
  [1, '0.000000001'],
  [250, '0.00000025'],
  [1_000_000_000, '1'],
  [12_345_678_901, '12.345678901'],
  [300_000_000, '0.3'],
  [Number.MAX_SAFE_INTEGER, '9007199.254740991'],
])('%i nano-dollars are $%s', (nanodollars, text) => {
  expect(formatDollars(nanodollars)).toBe(text);
});

test('a number of JSON and a cell of CSV are the same amount, to the nano-dollar', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 1_000_000_000_000_000 }), (nanodollars) => {
      const [, whole = '', fraction = ''] = /^(\d+)(?:\.(\d{1,9}))?$/.exec(formatDollars(nanodollars)) ?? [];
      expect(BigInt(whole + fraction.padEnd(9, '0'))).toBe(BigInt(nanodollars));
      const dollars: unknown = JSON.parse(JSON.stringify(toDollars(nanodollars)));
      expect(Number(dollars).toFixed(9)).toBe(Number(formatDollars(nanodollars)).toFixed(9));
      expect(toNanodollars(Number(dollars))).toBe(nanodollars);
    }),
  );
});

test('a cell that a spreadsheet would calculate is text', () => {
  const cells = ['=1+1', '+1', '-1', '@SUM(A1)', '\tx', '\rx', 'plain', '1.5'];
  const [row = []] = parse(toCsv([cells]));
  expect(row).toEqual(["'=1+1", "'+1", "'-1", "'@SUM(A1)", "'\tx", "'\rx", 'plain', '1.5']);
});

test('any other text comes back as it was, line by line as RFC 4180 has it', () => {
  const cell = fc.string({ unit: 'grapheme', minLength: 1 }).filter((text) => !/^[=+\-@\t\r]/.test(text));
  fc.assert(
    fc.property(fc.array(fc.array(cell, { minLength: 2, maxLength: 2 }), { minLength: 1 }), (rows) => {
      expect(parse(toCsv(rows), { record_delimiter: '\r\n' })).toEqual(rows);
    }),
  );
  expect(
    toCsv([
      ['a"b', 'c,d'],
      ['e\nf', ''],
    ]),
  ).toBe('"a""b","c,d"\r\n"e\nf",\r\n');
});
