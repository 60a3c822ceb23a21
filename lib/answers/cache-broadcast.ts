import { abortable } from '#lib/core/abort.ts';
import { ApiError } from '#lib/core/api-error.ts';
import type { Answer, AnswerEvent } from './answer.ts';
import type { Source } from './source.ts';

/** One answer for several readers: each sees all of it, from the beginning, as fast as it can take it. */
export interface AnswerBroadcast {
  /** Throws `model_error` for more than an answer can be. */
  publish(event: AnswerEvent): void;
  /** Every reader's end, unless the answer had one. */
  fail(error: unknown): void;
  /** Throws what it failed with, or the signal's reason. */
  read(signal: AbortSignal): AsyncGenerator<AnswerEvent>;
  /** Whether there is nothing to come. */
  readonly isOver: boolean;
}

const maxCharactersDefault = 4 * 1024 * 1024;

export function createAnswerBroadcast(maxCharacters = maxCharactersDefault): AnswerBroadcast {
  const sources: Source[] = [];
  const parts: string[] = [];
  let characters = 0;
  let end: { answer: Answer } | { error: unknown } | undefined;
  let change = Promise.withResolvers<void>();

  function announce(): void {
    change.resolve();
    change = Promise.withResolvers();
  }

  function add(text: string): void {
    characters += text.length;
    if (characters > maxCharacters) {
      throw new ApiError('model_error', undefined, { cause: new Error('The answer has no end') });
    }
    parts.push(text);
  }

  return {
    get isOver() {
      return end !== undefined;
    },
    publish(event) {
      if (event.type === 'source') sources.push(event.source);
      else if (event.type === 'delta') add(event.text);
      else end ??= { answer: event.answer };
      announce();
    },
    fail(error) {
      end ??= { error };
      announce();
    },
    async *read(signal) {
      let [sourcesRead, partsRead] = [0, 0];
      for (;;) {
        signal.throwIfAborted();
        const changed = change.promise;
        if (sourcesRead < sources.length) {
          const unread = sources.slice(sourcesRead);
          sourcesRead += unread.length;
          for (const source of unread) yield { type: 'source', source };
        } else if (partsRead < parts.length) {
          const text = parts.slice(partsRead).join('');
          partsRead = parts.length;
          yield { type: 'delta', text };
        } else if (end) {
          if ('error' in end) throw end.error;
          yield { type: 'end', answer: end.answer };
          return;
        } else await abortable(changed, signal);
      }
    },
  };
}
