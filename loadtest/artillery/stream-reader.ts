import { createParser } from 'eventsource-parser';
import * as v from 'valibot';

const Event = v.object({ type: v.string(), delta: v.optional(v.string()) });

export interface StreamFacts {
  /** When the first piece of the answer came, on the clock that was given. */
  firstTokenAt: number | undefined;
  /** The answer, put together from its pieces. */
  text: string;
  /** Exactly one `finish` or `error`, then `[DONE]`, then nothing. */
  isWhole: boolean;
  isFailed: boolean;
}

/** Reads a UI message stream as it arrives. */
export function createStreamReader(now: () => number) {
  const types: string[] = [];
  let firstTokenAt: number | undefined;
  let text = '';
  const parser = createParser({
    onEvent({ data }) {
      if (data === '[DONE]') return void types.push(data);
      const { type, delta = '' } = toEvent(data);
      if (type === 'text-delta') {
        firstTokenAt ??= now();
        text += delta;
      }
      types.push(type);
    },
  });
  return {
    feed: (chunk: string): void => parser.feed(chunk),
    end(): StreamFacts {
      const terminals = types.filter((type) => type === 'finish' || type === 'error');
      const isWhole = terminals.length === 1 && types.indexOf('[DONE]') === types.length - 1;
      const isLast = types.at(-2) === terminals[0];
      return { firstTokenAt, text, isWhole: isWhole && isLast, isFailed: terminals.includes('error') };
    },
  };
}

/** A line that is no event of the protocol counts as one of an unknown type. */
function toEvent(data: string): v.InferOutput<typeof Event> {
  try {
    return v.parse(Event, JSON.parse(data));
  } catch {
    return { type: 'unreadable' };
  }
}
