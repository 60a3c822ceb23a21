import { ApiError } from '#lib/core/api-error.ts';

const isAway = (error: unknown): boolean =>
  (error instanceof ApiError && (error.code === 'state_unavailable' || error.code === 'storage_full')) ||
  (error instanceof DOMException && error.name === 'TimeoutError');

/** What the store says, or `undefined` where it does not answer in time or takes nothing. */
export const unlessAway = <Result>(call: Promise<Result>): Promise<Result | undefined> =>
  call.catch((error: unknown) => {
    if (isAway(error)) return undefined;
    throw error;
  });
