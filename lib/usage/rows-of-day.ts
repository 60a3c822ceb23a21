/** Most rows of sums that an account has for a day; beyond them, what users do is counted as `other`'s. */
export const maxRowsOfDay = 5_000;
export const otherUser = 'other';

/** Days after whose end they are removed. */
export interface Retention {
  entries: number;
  sums: number;
}

export const defaultRetention: Retention = { entries: 90, sums: 800 };
