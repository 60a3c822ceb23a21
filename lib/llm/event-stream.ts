import { isAscii } from 'node:buffer';
import { createParser, type EventSourceMessage, type EventSourceParser } from 'eventsource-parser';
import { ProviderError } from './provider-error.ts';

/** Characters of one event, or of one line. */
const maxEventLength = 1024 * 1024;

/** Reads the events of a stream of server-sent events out of its bytes, however they are cut. */
export class EventStreamReader {
  /** The mark of a byte order is the parser's to pass over. */
  readonly #decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  readonly #parser: EventSourceParser;
  #events: string[] = [];
  #failure: Error | undefined;
  /** No character has begun whose bytes are still to come. */
  #isBetweenCharacters = true;

  constructor() {
    this.#parser = createParser({
      maxBufferSize: maxEventLength,
      onEvent: (event) => this.#take(event),
      onError: (error) => {
        // A field or a time that is not known is to be passed over.
        if (error.type === 'max-buffer-size-exceeded') this.#failure = error;
      },
    });
  }

  /** The data of the events that the bytes complete. Throws `ProviderError` for what can't be one. */
  push(bytes: Buffer): string[] {
    try {
      if (!this.#failure) this.#parser.feed(this.#decode(bytes));
    } catch (cause) {
      this.#failure ??= new ProviderError('The stream is not UTF-8', { cause });
    }
    const ready = this.#events;
    // What came whole before the failure was said: the next bytes tell of it.
    if (ready.length === 0) this.end();
    else this.#events = [];
    return ready;
  }

  /** No bytes follow. Throws as `push` does. */
  end(): void {
    if (this.#failure) throw new ProviderError('The stream is not one of events', { cause: this.#failure });
  }

  #take({ event, data }: EventSourceMessage): void {
    if (this.#failure) return;
    if (event === 'error') this.#failure = new ProviderError('The stream has an error event');
    else this.#events.push(data);
  }

  #decode(bytes: Buffer): string {
    // Where all of it is ASCII there is nothing to decode.
    if (this.#isBetweenCharacters && isAscii(bytes)) return bytes.toString('latin1');
    const last = bytes.at(-1);
    if (last !== undefined) this.#isBetweenCharacters = last < 0x80;
    return this.#decoder.decode(bytes, { stream: true });
  }
}
