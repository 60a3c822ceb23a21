import * as v from 'valibot';
import { toIsoTime } from '#lib/core/clock.ts';
import { DaySchema } from '#lib/usage/day-range.ts';

/** As events have their times: ISO, UTC, both included. */
export interface TimeRange {
  from?: string | undefined;
  to?: string | undefined;
}

/** A time, or a day of UTC that stands for its first or last millisecond. */
const createTimeSchema = (ofDay: string) =>
  v.union(
    [
      v.pipe(
        DaySchema,
        v.transform((day) => `${day}T${ofDay}Z`),
      ),
      v.pipe(
        v.string(),
        v.maxLength(40),
        v.isoTimestamp(),
        // The 30th of February would be a day of March.
        v.check((text) => v.is(DaySchema, text.slice(0, 10))),
        v.transform((text) => toIsoTime(Date.parse(text))),
      ),
    ],
    'must be a day, YYYY-MM-DD, or a time in ISO 8601',
  );

export const FromSchema = createTimeSchema('00:00:00.000');
export const ToSchema = createTimeSchema('23:59:59.999');

export const isInRange = (timestamp: string, { from, to }: TimeRange): boolean =>
  (from === undefined || timestamp >= from) && (to === undefined || timestamp <= to);
