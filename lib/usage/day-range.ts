import * as v from 'valibot';
import { invalidRequest } from '#lib/core/api-error.ts';
import { toIsoTime } from '#lib/core/clock.ts';

/** Days of UTC, `YYYY-MM-DD`, both included. */
export interface DayRange {
  from: string;
  to: string;
}

const dayMilliseconds = 86_400_000;
const maxDays = 400;

const toDay = (milliseconds: number): string => toIsoTime(milliseconds).slice(0, 10);

/** The day so many days before the one that it is. */
export const dayBefore = (now: number, days: number): string => toDay(now - days * dayMilliseconds);

/** A day that there is: `2026-02-30` is none. */
export const DaySchema = v.pipe(
  v.string(),
  v.check((text) => {
    const milliseconds = /^[12]\d{3}-\d{2}-\d{2}$/.test(text) ? Date.parse(text) : Number.NaN;
    return !Number.isNaN(milliseconds) && toDay(milliseconds) === text;
  }, 'must be a day: YYYY-MM-DD'),
);

/** From the first day of the month up to today, where nothing else is said. Throws `invalid_request`. */
export function toDayRange(given: { from?: string | undefined; to?: string | undefined }, now: number): DayRange {
  const to = given.to ?? toDay(now);
  const from = given.from ?? `${to.slice(0, 8)}01`;
  if (from > to) throw invalidRequest('from', 'must not lie after the last day');
  if (Date.parse(to) - Date.parse(from) >= maxDays * dayMilliseconds) {
    throw invalidRequest('from', `must not lie more than ${maxDays} days before the last one`);
  }
  return { from, to };
}

/** The range in pieces of at most so many days, in their order. */
export function* splitDays({ from, to }: DayRange, days: number): Generator<DayRange> {
  const last = Date.parse(to);
  for (let start = Date.parse(from); start <= last; start += days * dayMilliseconds) {
    yield { from: toDay(start), to: toDay(Math.min(last, start + (days - 1) * dayMilliseconds)) };
  }
}
