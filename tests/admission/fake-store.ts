import type { AdmissionStore, Claim, Settlement, Verdict } from '#lib/admission/admission-store.ts';
import { ApiError } from '#lib/core/api-error.ts';

export interface FakeStore extends AdmissionStore {
  claims: Claim[];
  settlements: Settlement[];
  renewed: string[];
  sweeps: number;
  /** What the next claims are answered. */
  verdict: Verdict;
  /** What every call fails with while it is set. */
  failure: ApiError | undefined;
}

/** Stands for the store where a test is about what is asked of it. */
export function createFakeStore(): FakeStore {
  const fail = () => {
    if (fake.failure) throw fake.failure;
  };
  const fake: FakeStore = {
    claims: [],
    settlements: [],
    renewed: [],
    sweeps: 0,
    verdict: { isAdmitted: true, requests: undefined, tokens: undefined },
    failure: undefined,
    async admit(_account, claim) {
      fail();
      fake.claims.push(claim);
      return fake.verdict;
    },
    async renew(_account, leaseIds) {
      fail();
      fake.renewed.push(...leaseIds);
    },
    async settle(_account, settlement) {
      fail();
      fake.settlements.push(settlement);
    },
    async sweep() {
      fail();
      fake.sweeps += 1;
      return 0;
    },
    forget: async () => undefined,
  };
  return fake;
}

/** With a cause, it may have been written; without, the store's breaker has not even asked. */
export const away = (cause?: Error): ApiError => new ApiError('state_unavailable', undefined, { cause, retryAfter: 2 });
