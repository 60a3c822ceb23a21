import { truncate } from './truncate.ts';

const maxLength = 500;

/** A title that was found, as one line of bounded length. */
export const toTitle = (found: string | undefined): string | undefined =>
  truncate(found?.replace(/[\p{Cc}\s]+/gu, ' ').trim() ?? '', maxLength) || undefined;
