import { createParser } from 'eventsource-parser';
import { ProviderError } from './provider-error.ts';

/** Characters of one event, or of one line. */
const maxEventLength = 1024 * 1024;

/** Reads the events of a stream of server-sent events out of its bytes, however they are cut. */
export interface EventStreamReader {
  /** The data of the events that the bytes complete. Throws `ProviderError` for what can't be one. */
  push(bytes: Uint8Array): string[];
  /** No bytes follow. Throws as `push` does. */
  end(): void;
}

export function createEventStreamReader(): EventStreamReader {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let events: string[] = [];
  let failure: Error | undefined;
  const parser = createParser({
    maxBufferSize: maxEventLength,
    onEvent({ event, data }) {
      if (failure) return;
      if (event === 'error') failure = new ProviderError('The stream has an error event');
      else events.push(data);
    },
    onError(error) {
      // A field or a time that is not known is to be passed over.
      if (error.type === 'max-buffer-size-exceeded') failure = error;
    },
  });
  return {
    push(bytes) {
      try {
        if (!failure) parser.feed(decoder.decode(bytes, { stream: true }));
      } catch (cause) {
        failure ??= new ProviderError('The stream is not UTF-8', { cause });
      }
      // What came whole before the failure was said: the next bytes tell of it.
      if (failure && events.length === 0)
        throw new ProviderError('The stream is not one of events', { cause: failure });
      const ready = events;
      events = [];
      return ready;
    },
    end() {
      if (failure) throw new ProviderError('The stream is not one of events', { cause: failure });
    },
  };
}
