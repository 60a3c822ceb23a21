import * as v from 'valibot';
import { expect, test } from 'vitest';
import { DaySchema, dayBefore, splitDays, toDayRange } from '#lib/usage/day-range.ts';

const now = Date.parse('2026-11-26T23:59:59.999Z');

test.each(['2026-11-01', '2024-02-29', '1999-12-31'])('%s is a day', (day) => {
  expect(v.is(DaySchema, day)).toBe(true);
});

test.each(['2026-02-29', '2026-11-31', '2026-13-01', '2026-1-1', '2026-11-01T00:00:00Z', '', 'today', '0000-01-01'])(
  '%j is none',
  (day) => {
    expect(v.is(DaySchema, day)).toBe(false);
  },
);

test('a range is this month up to today, where nothing else is said', () => {
  expect(toDayRange({}, now)).toEqual({ from: '2026-11-01', to: '2026-11-26' });
  expect(toDayRange({ from: '2026-10-15' }, now)).toEqual({ from: '2026-10-15', to: '2026-11-26' });
  expect(toDayRange({ to: '2026-09-15' }, now)).toEqual({ from: '2026-09-01', to: '2026-09-15' });
});

test('it has at most 400 days, and does not run backwards', () => {
  const to = '2026-11-26';
  expect(toDayRange({ from: dayBefore(now, 399), to }, now).from).toBe('2025-10-23');
  expect(() => toDayRange({ from: dayBefore(now, 400), to }, now)).toThrow(
    expect.objectContaining({ code: 'invalid_request' }),
  );
  expect(() => toDayRange({ from: '2026-11-27', to }, now)).toThrow(
    expect.objectContaining({ code: 'invalid_request' }),
  );
});

test('its pieces are the range, each day once, over a change of the month', () => {
  expect([...splitDays({ from: '2026-02-27', to: '2026-03-03' }, 2)]).toEqual([
    { from: '2026-02-27', to: '2026-02-28' },
    { from: '2026-03-01', to: '2026-03-02' },
    { from: '2026-03-03', to: '2026-03-03' },
  ]);
});
