import { englishLength, estimateTokens } from './estimate-tokens.ts';

/** No tokenizer in use has longer tokens than this on the average of a text. */
const longestToken = 8;

/** What has come of an answer, in tokens that are counted here. A part with words in it is a token at least. */
export class AnswerCount {
  #parts = 0;
  #characters = 0;
  #length = 0;

  add(text: string): void {
    if (text === '') return;
    this.#parts += 1;
    this.#characters += text.length;
    this.#length += englishLength(text);
  }

  /** About as many as its provider charges. */
  get tokens(): number {
    return Math.max(this.#parts, estimateTokens(this.#length));
  }

  /** It has no fewer. */
  get leastTokens(): number {
    return Math.max(this.#parts, Math.floor(this.#characters / longestToken));
  }
}
