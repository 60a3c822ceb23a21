import { ApiError } from '#lib/core/api-error.ts';

/** Of what was given up because nobody waits for it any more. */
export const abortedType = 'aborted';

/** What kind of error it is, by a name that no tenant can choose. */
export function errorTypeOf(error: unknown): string {
  if (error instanceof ApiError) return error.code;
  if (!(error instanceof Error) || !/^[A-Za-z]{1,64}$/.test(error.name)) return '_OTHER';
  return error.name === 'AbortError' ? abortedType : error.name;
}
