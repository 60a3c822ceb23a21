import { englishLength, estimateTokens } from './estimate-tokens.ts';

/** What has come of an answer, in tokens that are counted here. */
export interface AnswerCount {
  add(text: string): void;
  /** About as many as its provider charges. */
  readonly tokens: number;
  /** It has no fewer. */
  readonly leastTokens: number;
}

/** No tokenizer in use has longer tokens than this on the average of a text. */
const longestToken = 8;

/** A part with words in it is a token at least. */
export function createAnswerCount(): AnswerCount {
  let parts = 0;
  let characters = 0;
  let length = 0;
  return {
    add(text) {
      if (text === '') return;
      parts += 1;
      characters += text.length;
      length += englishLength(text);
    },
    get tokens() {
      return Math.max(parts, estimateTokens(length));
    },
    get leastTokens() {
      return Math.max(parts, Math.floor(characters / longestToken));
    },
  };
}
