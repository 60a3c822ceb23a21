import { ApiError } from '#lib/core/api-error.ts';
import type { AnswerEvent } from './answer.ts';
import { createAnswerBroadcast, type AnswerBroadcast } from './cache-broadcast.ts';
import { noUsage } from './cache-record.ts';

type Make = (signal: AbortSignal) => AsyncGenerator<AnswerEvent>;

/** Has what several requests of this process ask for at once made once. */
export interface Flights {
  /**
   * Who asks first has the answer made, the others read along: at no cost, and as one from the cache. It is made until
   * its end as long as anyone reads. Throws what `make` does, or the signal's reason.
   */
  share(key: string, make: Make, signal: AbortSignal): AsyncGenerator<AnswerEvent>;
}

interface FlightsDeps {
  /** An answer was found to be in the making. */
  onShared: () => void;
}

interface Flight {
  broadcast: AnswerBroadcast;
  readers: number;
  abandoned: AbortController;
  /** Resolves when nothing of it goes on any more. */
  done: Promise<void>;
}

/** Longer than a model may take. */
const maxMilliseconds = 560_000;
/** What is told to stop has this long to stop. */
const graceMilliseconds = 5_000;

export function createFlights({ onShared }: FlightsDeps): Flights {
  const flights = new Map<string, Flight>();

  function end(key: string, flight: Flight): void {
    if (flights.get(key) === flight) flights.delete(key);
  }

  async function run(key: string, flight: Flight, make: Make): Promise<void> {
    const { broadcast, abandoned } = flight;
    const timer = setTimeout(() => abandoned.abort(new ApiError('model_timeout')), maxMilliseconds);
    try {
      for await (const event of make(abandoned.signal)) broadcast.publish(event);
      broadcast.fail(new Error('The answer has no end'));
    } catch (error) {
      broadcast.fail(error);
    } finally {
      clearTimeout(timer);
      end(key, flight);
    }
  }

  function begin(key: string, make: Make): Flight {
    const { promise: done, resolve } = Promise.withResolvers<void>();
    const flight: Flight = { broadcast: createAnswerBroadcast(), readers: 0, abandoned: new AbortController(), done };
    flight.abandoned.signal.addEventListener('abort', () => setTimeout(resolve, graceMilliseconds).unref());
    flights.set(key, flight);
    void run(key, flight, make).then(resolve);
    return flight;
  }

  function leave(key: string, flight: Flight): void {
    flight.readers -= 1;
    if (flight.readers > 0 || flight.broadcast.isOver) return;
    end(key, flight);
    flight.abandoned.abort(new Error('Nobody waits for the answer any more'));
  }

  return {
    async *share(key, make, signal) {
      signal.throwIfAborted();
      const joined = flights.get(key);
      const flight = joined ?? begin(key, make);
      flight.readers += 1;
      if (joined) onShared();
      try {
        for await (const event of flight.broadcast.read(signal)) {
          if (joined && event.type === 'end') {
            const { answer } = event;
            yield { type: 'end', answer: { ...answer, cached: answer.cached || 'exact', usage: noUsage } };
          } else yield event;
        }
      } finally {
        leave(key, flight);
        // What it costs is written down with the request that began it: that one is not over, though its client may be
        // gone, until the cost is known.
        if (!joined) await flight.done;
      }
    },
  };
}
