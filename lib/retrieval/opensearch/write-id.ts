import { randomBytes } from 'node:crypto';

/** Longer than the clocks of two processes differ, and than a search takes. */
const recentMilliseconds = 60_000;

/** Never the same, not to be guessed, and begins with its time: sorted, and read back. */
export const createWriteId = (now: number): string =>
  `${now.toString(36).padStart(9, '0')}${randomBytes(12).toString('base64url')}`;

/** Whether the write may have been under way while a search of this moment was answered. */
export const isRecentWrite = (id: string, now: number): boolean =>
  Number.parseInt(id.slice(0, 9), 36) > now - recentMilliseconds;
