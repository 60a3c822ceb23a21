import { ApiError } from '#lib/core/api-error.ts';
import type { Verdict } from './admission-store.ts';
import { toRateLimitHeaders } from './rate-limit-headers.ts';

type Refused = Extract<Verdict, { isAdmitted: false }>;

/** What a request that the store has turned away is told. */
export function toRefusal(refused: Refused): ApiError {
  const { by, retryMilliseconds = 1_000 } = refused;
  if (by === 'budget') return new ApiError('budget_exhausted');
  const headers = toRateLimitHeaders(refused);
  const retryAfter = Math.max(1, Math.ceil(retryMilliseconds / 1000));
  if (by === 'concurrency') return new ApiError('concurrency_limited', undefined, { retryAfter, headers });
  const detail = by === 'tokens' ? 'The limit of tokens a minute is reached' : undefined;
  return new ApiError('rate_limited', detail, { retryAfter, headers });
}
