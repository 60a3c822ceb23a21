import fc from 'fast-check';
import { RE2JS } from 're2js';
import { expect, test } from 'vitest';
import { createOutputFilter } from '#lib/guardrails/output-filter.ts';
import { compilePatterns } from '#lib/guardrails/patterns/compile-patterns.ts';
import { createPatternScanners, createScanBudget } from '#lib/guardrails/patterns/pattern-scanner.ts';

const patterns = [
  'foo',
  '(?i)secret \\d+',
  '\\bcat\\b',
  'a[^b]*b',
  '^start',
  'end$',
  '(?m)^- x$',
  '(?:ab|ba){2,3}c?',
  '[^a]😀',
  'é.{1,3}z',
  '\\Bo',
  '(?s)x.y',
  '\\pL{3}7',
];

async function createFilter(chosen: readonly string[]) {
  const blocked: string[] = [];
  const policy = chosen.map((pattern, index) => ({ name: `rule-${index}`, pattern, applies_to: 'output' as const }));
  const { output } = await compilePatterns(policy);
  if (!output) throw new Error('The patterns apply to no output');
  const createScanner = createPatternScanners(output.program, createScanBudget());
  return { filter: () => createOutputFilter(output, createScanner(), (rule) => void blocked.push(rule)), blocked };
}

function run(filter: ReturnType<typeof createOutputFilter>, parts: readonly string[]) {
  const shown = parts.map((part) => filter.push(part)).join('') + filter.end();
  return { shown, isBlocked: filter.isBlocked };
}

/** May cut a character of two units in two. */
function cut(text: string, sizes: readonly number[]): string[] {
  const parts: string[] = [];
  let rest = text;
  for (const size of sizes) {
    parts.push(rest.slice(0, size));
    rest = rest.slice(size);
  }
  return [...parts, rest];
}

const pieces = [
  'foo',
  'fo',
  'o',
  'a',
  'b',
  'c',
  'cat',
  ' ',
  '\n',
  'Secret ',
  '12',
  '7',
  'start',
  'end',
  '- x',
  '😀',
  '\uD83D',
  'é',
  'z',
  'x',
  'y',
  '.',
];
const anyText = fc.array(fc.constantFrom(...pieces), { maxLength: 40 }).map((chosen) => chosen.join(''));
const anyPatterns = fc.uniqueArray(fc.constantFrom(...patterns), { minLength: 1, maxLength: 4 });

test('a text is shown up to where RE2 finds a pattern in it, and else as it is', async () => {
  await fc.assert(
    fc.asyncProperty(anyText, anyPatterns, async (text, chosen) => {
      const { filter, blocked } = await createFilter(chosen);
      const { shown, isBlocked } = run(filter(), [text]);
      expect(isBlocked).toBe(chosen.some((pattern) => RE2JS.compile(pattern).test(text)));
      expect(text.startsWith(shown)).toBe(true);
      expect(isBlocked || shown === text).toBe(true);
      const rule = chosen.find((_, index) => blocked.includes(`rule-${index}`));
      const match = RE2JS.compile(rule ?? '').matcher(text);
      expect(isBlocked && match.find(shown.length) && match.start()).toBe(isBlocked && shown.length);
    }),
    { numRuns: 1_500 },
  );
});

test('however a text is cut, the same of it is shown and the verdict is the same', async () => {
  const filler = fc.constantFrom('', 'w'.repeat(600), 'a'.repeat(700), 'a😀'.repeat(300));
  const long = fc.tuple(anyText, filler, anyText).map((texts) => texts.join(''));
  const sizes = fc.array(fc.nat({ max: 90 }), { maxLength: 60 });
  await fc.assert(
    fc.asyncProperty(long, anyPatterns, sizes, async (text, chosen, pieceSizes) => {
      const { filter } = await createFilter(chosen);
      const whole = run(filter(), [text]);
      expect(run(filter(), cut(text, pieceSizes))).toEqual(whole);
      expect(run(filter(), text.split(''))).toEqual(whole);
    }),
    { numRuns: 1_000 },
  );
});

test('only what could still become a match is held back', async () => {
  const { filter } = await createFilter(['secret \\d+']);
  const shown = filter();
  expect(shown.push('The code ')).toBe('The code ');
  expect(shown.push('is sec')).toBe('is ');
  expect(shown.push('ond')).toBe('second');
  expect(shown.push('. A secret ')).toBe('. A ');
  expect(shown.isBlocked).toBe(false);
  expect(shown.end()).toBe('secret ');
});

test('from a match on nothing is shown, whatever comes later', async () => {
  const { filter, blocked } = await createFilter(['nothing', 'secret \\d+']);
  const blocking = filter();
  expect(blocking.push('The secret')).toBe('The ');
  expect(blocking.push(' 1')).toBe('');
  expect(blocking.push('2 is out. More.')).toBe('');
  expect(blocking.isBlocked).toBe(true);
  expect(blocking.push(' And more.') + blocking.end()).toBe('');
  expect(blocked).toEqual(['rule-1']);
});

test('a match that the end of the text makes is one', async () => {
  const { filter } = await createFilter(['end$']);
  expect(run(filter(), ['The end', ' is near'])).toEqual({ shown: 'The end is near', isBlocked: false });
  expect(run(filter(), ['The en', 'd'])).toEqual({ shown: 'The ', isBlocked: true });
});

test('of a match longer than 512 characters the last 512 are not shown', async () => {
  const { filter } = await createFilter(['<[^>]*>']);
  const text = `Say <${'w'.repeat(1_000)}> now`;
  expect(run(filter(), [text])).toEqual({ shown: text.slice(0, text.indexOf('>') + 1 - 512), isBlocked: true });
  const open = filter();
  const shown = open.push(`<${'w'.repeat(5_000)}`);
  expect(shown).toHaveLength(5_001 - 512);
  expect(shown.length + open.end().length).toBe(5_001);
});

test('a character of two units is never shown in halves', async () => {
  const { filter } = await createFilter(['<[^>]*>']);
  const open = filter();
  const shown = [...`<${'😀'.repeat(600)}`].flatMap((character) => character.split('')).map((unit) => open.push(unit));
  for (const part of [...shown, open.end()]) expect(part.isWellFormed()).toBe(true);
});
