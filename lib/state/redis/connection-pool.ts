import { abortable, isTimeout, withTimeout } from '#lib/core/abort.ts';

export interface Connection<Client> {
  client: Client;
  /** Whether a call that failed with this error tells that the connection is no more. */
  isLost(error: unknown): boolean;
  close(): void;
}

interface PoolOptions<Client> {
  /** Opens a connection. `onEnd` is called when it is lost. */
  open(onEnd: () => void, signal: AbortSignal): Promise<Connection<Client>>;
  maxConnections: number;
  random: () => number;
}

export interface ConnectionPool<Client> {
  /** Runs the call on the idlest connection, or waits for one. Ends when the signal aborts. */
  use<T>(call: (client: Client) => Promise<T>, signal: AbortSignal): Promise<T>;
  close(): void;
}

interface Member<Client> extends Connection<Client> {
  inFlight: number;
  /** Calls in a row that were given up before any answer came. */
  silences: number;
}

/** Commands in flight from which on another connection is worth opening. */
const busy = 32;
/** So many unanswered calls in a row tell that a connection is dead. */
const maxSilences = 3;
const openMilliseconds = 1_000;
const maxPause = 500;

/**
 * Opens its first connection at once and others when all are busy. A lost connection is replaced with
 * exponential backoff and jitter. Calls wait for a connection no longer than their signal lets them.
 */
export function createConnectionPool<Client>(options: PoolOptions<Client>): ConnectionPool<Client> {
  const { open, maxConnections, random } = options;
  const members = new Set<Member<Client>>();
  const life = new AbortController();
  let arrival = Promise.withResolvers<void>();
  let isOpening = false;
  let failures = 0;
  let lastFailure: unknown;
  let timer: NodeJS.Timeout | undefined;

  const idlest = () =>
    [...members].reduce<Member<Client> | undefined>(
      (best, member) => (best && best.inFlight <= member.inFlight ? best : member),
      undefined,
    );

  function leave(member: Member<Client>): void {
    if (!members.delete(member)) return;
    member.close();
    if (members.size > 0) return;
    arrival = Promise.withResolvers();
    reopen();
  }

  function reopen(): void {
    if (life.signal.aborted) return;
    clearTimeout(timer);
    timer = setTimeout(() => void extend(), random() * Math.min(maxPause, 25 * 2 ** failures)).unref();
  }

  async function join(): Promise<void> {
    const end = Promise.withResolvers<void>();
    const connection = await open(end.resolve, withTimeout(life.signal, openMilliseconds));
    if (life.signal.aborted) {
      connection.close();
      return;
    }
    const member: Member<Client> = { ...connection, inFlight: 0, silences: 0 };
    members.add(member);
    void end.promise.then(() => leave(member));
  }

  async function extend(): Promise<void> {
    if (isOpening || members.size >= maxConnections || life.signal.aborted) return;
    isOpening = true;
    try {
      await join();
      failures = 0;
      lastFailure = undefined;
      arrival.resolve();
    } catch (error) {
      failures += 1;
      lastFailure = error;
    }
    isOpening = false;
    if (members.size === 0) reopen();
  }

  async function acquire(signal: AbortSignal): Promise<Member<Client>> {
    if (members.size === 0) {
      await abortable(arrival.promise, signal).catch((error: unknown) => {
        throw isTimeout(signal) ? (lastFailure ?? error) : error;
      });
    }
    const member = idlest();
    if (!member) throw new Error('The connection was closed');
    // Taken before anything else runs, so that calls made at once are spread.
    member.inFlight += 1;
    if (member.inFlight > busy) void extend();
    return member;
  }

  void extend();

  return {
    async use(call, signal) {
      const member = await acquire(signal);
      const settle = () => {
        member.inFlight -= 1;
        member.silences = 0;
      };
      const reply = call(member.client);
      reply.then(settle, settle);
      try {
        return await abortable(reply, signal);
      } catch (error) {
        if (isTimeout(signal) && error === signal.reason) member.silences += 1;
        if (member.silences >= maxSilences || member.isLost(error)) leave(member);
        throw error;
      }
    },
    close() {
      life.abort(new Error('The connection was closed'));
      clearTimeout(timer);
      for (const member of members) member.close();
      members.clear();
      arrival.resolve();
    },
  };
}
