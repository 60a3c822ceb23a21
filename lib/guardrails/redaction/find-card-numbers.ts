import type { FindSpans, Span } from './span.ts';

const minDigits = 13;
const maxDigits = 19;

/** Digits with a space or a hyphen between some of them. Each is looked at once, however long they go on. */
const runs = /\d(?:[ -]?\d)*/g;
/** First digits that card schemes use; they keep counters and times in milliseconds out. */
const issued = /^(?:3[0-9]|4|5[0-9]|2[2-7]|6)/;
const inWord = /[\p{L}\d_]$|\d[.,]$/u;
const goesOn = /^(?:[\p{L}\d_]|[.,]\d)/u;

const isIssued = (digits: string): boolean => issued.test(digits) && !/^(\d)\1*$/.test(digits);

/** Luhn's sum of any stretch of the digits, for which these are gone through once. */
function createLuhn(digits: string): (from: number, to: number) => number {
  const sums = [new Uint32Array(digits.length + 1), new Uint32Array(digits.length + 1)] as const;
  for (let at = 0; at < digits.length; at += 1) {
    const value = digits.charCodeAt(at) - 48;
    const doubled = value > 4 ? value * 2 - 9 : value * 2;
    const [even, odd] = sums;
    even[at + 1] = (even[at] ?? 0) + (at % 2 === 0 ? value : doubled);
    odd[at + 1] = (odd[at] ?? 0) + (at % 2 === 0 ? doubled : value);
  }
  return (from, to) => {
    const sum = (to - 1) % 2 === 0 ? sums[0] : sums[1];
    return (sum[to] ?? 0) - (sum[from] ?? 0);
  };
}

/** Where each digit of the run stands in it. */
function placesIn(run: string): Uint32Array {
  const places = new Uint32Array(run.length);
  let count = 0;
  for (let at = 0; at < run.length; at += 1) {
    if (run.charCodeAt(at) < 48) continue;
    places[count] = at;
    count += 1;
  }
  return places;
}

function* findInRun(run: string, isOpen: { before: boolean; after: boolean }): Generator<Span> {
  const digits = run.replace(/\D+/g, '');
  const places = placesIn(run);
  const luhn = createLuhn(digits);
  const placeOf = (at: number) => places[at] ?? run.length;
  const isStart = (at: number) => (at === 0 ? isOpen.before : placeOf(at) - placeOf(at - 1) > 1);
  const isEnd = (at: number) => (at === digits.length ? isOpen.after : placeOf(at) - placeOf(at - 1) > 1);

  function endOf(from: number): number | undefined {
    for (let to = Math.min(from + maxDigits, digits.length); to >= from + minDigits; to -= 1) {
      if (isEnd(to) && luhn(from, to) % 10 === 0) return to;
    }
    return undefined;
  }

  for (let at = 0; at + minDigits <= digits.length; at += 1) {
    const end = isStart(at) && isIssued(digits.slice(at, at + minDigits)) ? endOf(at) : undefined;
    if (end === undefined) continue;
    yield { start: placeOf(at), end: placeOf(end - 1) + 1 };
    at = end - 1;
  }
}

export const findCardNumbers: FindSpans = function* findCardNumbers(text) {
  for (const { 0: run, index } of text.matchAll(runs)) {
    if (run.length < minDigits) continue;
    const end = index + run.length;
    const before = !inWord.test(text.slice(Math.max(0, index - 2), index));
    const after = !goesOn.test(text.slice(end, end + 2));
    for (const span of findInRun(run, { before, after })) yield { start: index + span.start, end: index + span.end };
  }
};
