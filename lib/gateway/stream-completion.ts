import { Parts, toParts } from '#lib/core/parts.ts';
import type { UsageMeter } from '#lib/usage/usage-meter.ts';
import type { ChatEvent } from './chat-event.ts';
import { toCostComment } from './wire.ts';

/** Only where a chunk says so itself: inside of a JSON text a quotation mark is escaped. */
const modelField = /"model"\s*:\s*"(?:[^"\\]|\\.)*"/;

const isUsageAlone = ({ chunk: { choices, usage } }: ChatEvent): boolean => Boolean(usage) && !choices?.length;

interface StreamOptions {
  includesUsage: boolean;
  /** What the request spends: told at the end, as a comment. */
  usage: UsageMeter;
}

class CompletionText extends Parts<string> {
  readonly #events: Parts<readonly ChatEvent[]>;
  readonly #includesUsage: boolean;
  readonly #usage: UsageMeter;
  /** How the chunks name their model, and what is put in its place. Each chunk of a stream says the same. */
  #from: string | undefined;
  #to = '';
  #cached: ChatEvent['cached'];
  #hasEnded = false;

  constructor(events: Parts<readonly ChatEvent[]>, { includesUsage, usage }: StreamOptions) {
    super();
    this.#events = events;
    this.#includesUsage = includesUsage;
    this.#usage = usage;
  }

  arrival(): Promise<unknown> {
    return this.#hasEnded ? Promise.resolve() : this.#events.arrival();
  }

  poll(): IteratorResult<string, undefined> | undefined {
    while (!this.#hasEnded) {
      const result = this.#events.poll();
      if (!result) return undefined;
      this.#hasEnded = result.done === true;
      const text = result.done ? toCostComment(this.#usage, this.#cached) : this.#toText(result.value);
      if (text !== '') return { done: false, value: text };
    }
    return { done: true, value: undefined };
  }

  protected leave(): unknown {
    return this.#events.return();
  }

  #toText(some: readonly ChatEvent[]): string {
    let text = '';
    for (const event of some) {
      this.#cached = event.cached;
      if (!this.#includesUsage && isUsageAlone(event)) continue;
      const data = this.#rename(event);
      // In JSON a line break stands between values only.
      text += `data: ${data.includes('\n') ? data.replaceAll('\n', ' ') : data}\n\n`;
    }
    return text;
  }

  /** Names the model as clients know it. */
  #rename({ data, model }: ChatEvent): string {
    if (this.#from === undefined || !data.includes(this.#from)) {
      this.#from = modelField.exec(data)?.[0];
      this.#to = `"model":${JSON.stringify(model)}`;
    }
    return this.#from === undefined || this.#from === this.#to ? data : data.replace(this.#from, () => this.#to);
  }
}

/** The events of a chat completion as they are sent: as the provider has written them, wherever possible. */
export const streamCompletion = (events: AsyncIterable<readonly ChatEvent[]>, options: StreamOptions): Parts<string> =>
  new CompletionText(toParts(events), options);
