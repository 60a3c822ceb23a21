import { setTimeout as wait } from 'node:timers/promises';
import { ApiError } from '#lib/core/api-error.ts';
import type { TenantRef } from '#lib/tenancy/state-key.ts';
import type { CorpusStore } from './corpus-store.ts';
import { unlessAway } from './unless-away.ts';

export interface CorpusWrites {
  /**
   * Does work that changes the tenant's documents, marked as such from before it begins until after it has ended. Throws
   * what the work does, and `state_unavailable`, before the work or in the middle of it, where it could not be marked: an
   * answer from before it would be taken for one from after it. The work ends with its signal.
   */
  during<Result>(
    tenant: TenantRef,
    work: (signal: AbortSignal) => Promise<Result>,
    signal: AbortSignal,
  ): Promise<Result>;
}

interface CorpusWritesDeps {
  corpus: CorpusStore;
  randomId: () => string;
  /** Milliseconds that a mark lasts; it is renewed four times in them. */
  ttlMilliseconds?: number;
}

const ttlDefault = 120_000;
/** An engine may still apply what was given up on; it gives up itself by then. */
const unsureMilliseconds = 30_000;
const callMilliseconds = 2_000;

export function createCorpusWrites({ corpus, randomId, ttlMilliseconds = ttlDefault }: CorpusWritesDeps): CorpusWrites {
  const mark = (tenant: TenantRef, writeId: string, lifetime: number, signal: AbortSignal) =>
    corpus.beginWrite(tenant, writeId, lifetime, signal);

  /** Ends with the signal, or aborts `lost` when the mark will be gone before it could be renewed. */
  async function keepMarked(tenant: TenantRef, writeId: string, lost: AbortController, signal: AbortSignal) {
    const interval = ttlMilliseconds / 4;
    for (let missed = 0; missed < 3;) {
      await wait(interval, undefined, { signal, ref: false });
      const limited = AbortSignal.any([
        signal,
        AbortSignal.timeout(Math.ceil(Math.min(callMilliseconds, interval / 2))),
      ]);
      const isMarked = await unlessAway(mark(tenant, writeId, ttlMilliseconds, limited).then(() => true));
      missed = isMarked ? 0 : missed + 1;
    }
    lost.abort(new ApiError('state_unavailable', undefined, { retryAfter: 2 }));
  }

  return {
    async during(tenant, work, signal) {
      const writeId = randomId();
      await mark(tenant, writeId, ttlMilliseconds, signal);
      const [ended, lost] = [new AbortController(), new AbortController()];
      const keeping = keepMarked(tenant, writeId, lost, ended.signal).catch((error: unknown) => lost.abort(error));
      // A mark that can be neither ended nor shortened ends by itself: until then no answer is kept.
      const lastly = async (change: (signal: AbortSignal) => Promise<void>) => {
        ended.abort();
        await keeping;
        await unlessAway(change(AbortSignal.timeout(callMilliseconds)));
      };
      try {
        const result = await work(AbortSignal.any([signal, lost.signal]));
        await lastly((limited) => corpus.endWrite(tenant, writeId, limited));
        return result;
      } catch (error) {
        await lastly((limited) => mark(tenant, writeId, Math.min(ttlMilliseconds, unsureMilliseconds), limited));
        throw error;
      }
    },
  };
}
