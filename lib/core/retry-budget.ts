/** Keeps retries to a share of the calls, so that they can't multiply the load on what is overloaded. */
export interface RetryBudget {
  /** Counts a call. */
  earn(): void;
  /** False where the share is spent. */
  spend(): boolean;
}

/** A token bucket: each call earns `share` of a retry, at most `most` are kept (Envoy's and Finagle's retry budgets). */
export function createRetryBudget({ share = 0.1, most = 10 } = {}): RetryBudget {
  let tokens = most;
  return {
    earn() {
      tokens = Math.min(most, tokens + share);
    },
    spend() {
      if (tokens < 1) return false;
      tokens -= 1;
      return true;
    },
  };
}
