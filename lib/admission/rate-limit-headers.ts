import type { RateStanding, Standing } from './admission-store.ts';

const toSeconds = (milliseconds: number): string => String(Math.ceil(milliseconds / 1000));

const toFields = (prefix: string, suffix: string, standing: RateStanding | undefined): Record<string, string> =>
  standing
    ? {
        [`${prefix}limit${suffix}`]: String(standing.limit),
        [`${prefix}remaining${suffix}`]: String(standing.remaining),
        [`${prefix}reset${suffix}`]: toSeconds(standing.resetMilliseconds),
      }
    : {};

/**
 * Requests as `RateLimit-Limit`, `-Remaining` and `-Reset` (seconds; draft-ietf-httpapi-ratelimit-headers-06), tokens under
 * the names that OpenAI's clients know.
 */
export const toRateLimitHeaders = ({ requests, tokens }: Standing): Record<string, string> => ({
  ...toFields('ratelimit-', '', requests),
  ...toFields('x-ratelimit-', '-tokens', tokens),
});
