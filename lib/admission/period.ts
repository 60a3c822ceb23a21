import { toIsoTime } from '#lib/core/clock.ts';

const dayMilliseconds = 86_400_000;
/** Of a month and of a day. */
const datedLengths = new Set([7, 10]);

/** A clock that is ahead by more than a day opens no period before its time. */
export function toBelievedPeriod(claimed: string, now: number): string {
  if (!datedLengths.has(claimed.length)) return claimed;
  const latest = toIsoTime(now + dayMilliseconds).slice(0, claimed.length);
  return claimed <= latest ? claimed : toIsoTime(now).slice(0, claimed.length);
}

/** Whether a period follows another one of its form. */
export const isLater = (period: string, stored: string): boolean => period.length === stored.length && period > stored;
