import * as jose from 'jose';
import * as v from 'valibot';
import { ApiError } from '#lib/core/api-error.ts';
import type { Clock } from '#lib/core/clock.ts';

export interface RemoteJwksOptions {
  url: string;
  now: Clock;
  fetch?: typeof globalThis.fetch;
}

const freshFor = 10 * 60_000;
const staleFor = 24 * 60 * 60_000;
const cooldown = 30_000;
const timeout = 5_000;
const maxBytes = 256 * 1024;

const JwksSchema = v.object({ keys: v.pipe(v.array(v.looseObject({ kty: v.string() })), v.maxLength(100)) });

/**
 * An issuer's key set. At most one fetch per 30 s, whatever arrives, so that unknown key ids can't
 * flood the issuer; while it is away known keys serve for 24 h. Throws `auth_unavailable` where no
 * key set was ever had (or it is older than that), jose's errors where no key fits.
 */
export function createRemoteJwks({ url, now, fetch = globalThis.fetch }: RemoteJwksOptions): jose.JWTVerifyGetKey {
  let current: { find: jose.JWTVerifyGetKey; at: number } | undefined;
  let attemptedAt = -Infinity;
  let pending: Promise<void> | undefined;

  async function load(): Promise<void> {
    attemptedAt = now();
    try {
      const response = await fetch(url, { signal: AbortSignal.timeout(timeout), redirect: 'error' });
      if (!response.ok) throw new Error(`The key set's status is ${response.status}`);
      const text = await response.text();
      if (text.length > maxBytes) throw new Error('The key set is too large');
      const { keys } = v.parse(JwksSchema, JSON.parse(text));
      current = { find: jose.createLocalJWKSet({ keys }), at: now() };
    } catch (error) {
      if (!current) throw error;
    }
  }

  /** Does nothing within 30 s of the last attempt; waits for one that is under way. */
  async function refresh(): Promise<void> {
    if (!pending && now() - attemptedAt < cooldown) return;
    pending ??= load().finally(() => (pending = undefined));
    await pending;
  }

  return async (header, token) => {
    if (!current || now() - current.at > freshFor) {
      await refresh().catch((cause: unknown) => {
        throw new ApiError('auth_unavailable', undefined, { cause, retryAfter: 30 });
      });
    }
    if (!current || now() - current.at > staleFor)
      throw new ApiError('auth_unavailable', undefined, { retryAfter: 30 });
    try {
      return await current.find(header, token);
    } catch (error) {
      if (!(error instanceof jose.errors.JWKSNoMatchingKey)) throw error;
      await refresh();
      return current.find(header, token);
    }
  };
}
