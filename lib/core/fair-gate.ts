import { ApiError } from './api-error.ts';
import type { QueueReport } from './gate.ts';

interface FairGateOptions {
  /** Most holders at once. */
  limit: number;
  /** Most waiters. */
  queue: number;
  /** How long a waiter waits at most, in milliseconds. */
  patience?: number;
  report?: QueueReport | undefined;
}

/** Bounds how many requests run at once, and how many of them are one party's: a tenant, or whoever else is to have a share. */
export interface FairGate {
  /** How many hold a place. */
  readonly held: number;
  /**
   * Resolves with the function that gives the place back. Throws `concurrency_limited` for a party that has its share of
   * holders and waiters, `overloaded` where nobody may wait or the wait is too long, or the signal's reason.
   */
  enter(name: string, weight: number, signal: AbortSignal): Promise<() => void>;
}

interface Party {
  weight: number;
  held: number;
  waiting: Set<() => void>;
}

/**
 * A party may have so many times what is free. Alone it gets four fifths, two get four ninths each: what is left is there
 * at once for whoever comes next, and nobody has to be told how many there are. The dynamic thresholds of Choudhury and
 * Hahne, IEEE/ACM Transactions on Networking 6 (2), 1998.
 */
const eagerness = 4;
const patienceDefault = 10_000;
const tooMany = 'More of your requests are under way than this process takes at once';

const isWithinShare = (own: number, weight: number, free: number): boolean =>
  free > 0 && own < Math.max(1, eagerness * weight * free);

export function createFairGate({ limit, queue, patience = patienceDefault, report }: FairGateOptions): FairGate {
  const parties = new Map<string, Party>();
  let held = 0;
  let waiting = 0;

  function refuse(): ApiError {
    report?.refused();
    return new ApiError('overloaded', undefined, { retryAfter: 1 });
  }

  const mayHold = (party: Party) => isWithinShare(party.held, party.weight, limit - held);

  /** Whoever has least of its share, and among those who has waited longest. */
  function findNext(): Party | undefined {
    let next: Party | undefined;
    for (const party of parties.values()) {
      if (party.waiting.size === 0 || !mayHold(party)) continue;
      if (!next || party.held / party.weight < next.held / next.weight) next = party;
    }
    return next;
  }

  function take(party: Party): void {
    party.held += 1;
    held += 1;
  }

  function dispatch(): void {
    if (waiting === 0) return;
    for (let party = findNext(); party; party = findNext()) {
      const [resolve] = party.waiting;
      if (!resolve) return;
      party.waiting.delete(resolve);
      waiting -= 1;
      take(party);
      resolve();
    }
  }

  function forgetIdle(name: string, party: Party): void {
    if (party.held === 0 && party.waiting.size === 0 && parties.get(name) === party) parties.delete(name);
  }

  function createLeave(name: string, party: Party): () => void {
    let hasLeft = false;
    return () => {
      if (hasLeft) return;
      hasLeft = true;
      party.held -= 1;
      held -= 1;
      dispatch();
      forgetIdle(name, party);
    };
  }

  async function wait(party: Party, signal: AbortSignal): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const giveUp = (reason: unknown) => {
      if (party.waiting.delete(resolve)) waiting -= 1;
      reject(reason);
    };
    const onAbort = () => giveUp(signal.reason);
    const onImpatient = () => giveUp(refuse());
    const timer = setTimeout(onImpatient, patience);
    party.waiting.add(resolve);
    waiting += 1;
    report?.waiting(1);
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      await promise;
    } finally {
      report?.waiting(-1);
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
    }
  }

  return {
    get held() {
      return held;
    },
    async enter(name, weight, signal) {
      signal.throwIfAborted();
      const party = parties.get(name) ?? { weight, held: 0, waiting: new Set() };
      party.weight = weight;
      parties.set(name, party);
      if (party.waiting.size === 0 && mayHold(party)) {
        take(party);
        return createLeave(name, party);
      }
      if (!isWithinShare(party.waiting.size, weight, queue - waiting)) {
        forgetIdle(name, party);
        if (held + waiting >= limit + queue) throw refuse();
        throw new ApiError('concurrency_limited', tooMany, { retryAfter: 1 });
      }
      try {
        await wait(party, signal);
      } catch (error) {
        forgetIdle(name, party);
        throw error;
      }
      return createLeave(name, party);
    },
  };
}
