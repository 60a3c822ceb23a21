import { ApiError } from './api-error.ts';

/** Learns of those that wait in a queue, and of those that it turns away. */
export interface QueueReport {
  waiting(delta: 1 | -1): void;
  refused(): void;
}

interface GateOptions {
  /** Most holders at once. */
  limit: number;
  /** Most waiters; the next one is refused with `overloaded`. */
  queue: number;
  report?: QueueReport | undefined;
}

/** Bounds how many run at once and how many wait. */
export interface Gate {
  /** Resolves with the function that gives the place back. Throws `overloaded` or the signal's reason. */
  enter(signal: AbortSignal): Promise<() => void>;
}

export function createGate({ limit, queue, report }: GateOptions): Gate {
  let held = 0;
  const waiting = new Set<() => void>();

  const leave = () => {
    const [next] = waiting;
    if (next) {
      waiting.delete(next);
      next();
    } else {
      held -= 1;
    }
  };
  const leaveOnce = () => {
    let left = false;
    return () => {
      if (!left) leave();
      left = true;
    };
  };

  return {
    async enter(signal) {
      signal.throwIfAborted();
      if (held < limit) {
        held += 1;
        return leaveOnce();
      }
      if (waiting.size >= queue) {
        report?.refused();
        throw new ApiError('overloaded', undefined, { retryAfter: 1 });
      }
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const onAbort = () => {
        waiting.delete(resolve);
        reject(signal.reason);
      };
      waiting.add(resolve);
      report?.waiting(1);
      signal.addEventListener('abort', onAbort, { once: true });
      try {
        await promise;
      } finally {
        report?.waiting(-1);
        signal.removeEventListener('abort', onAbort);
      }
      return leaveOnce();
    },
  };
}
