import { englishLength, estimateTokens } from './estimate-tokens.ts';
import type { TokenUsage } from './prices.ts';

/** No tokenizer in use has longer tokens than this on the average of a text. */
const longestToken = 8;

/** What has come of an answer, in tokens that are counted here and in those that its provider tells. */
export class AnswerCount {
  #parts = 0;
  #characters = 0;
  #length = 0;
  #told: TokenUsage | undefined;
  #isToldLast = false;

  /** A part of the answer, and what its provider counted, if it says so with it. */
  add(text: string, told: TokenUsage | undefined): void {
    if (told) this.#told = told;
    if (told || text !== '') this.#isToldLast = told !== undefined;
    if (text === '') return;
    // A part with words in it is a token at least.
    this.#parts += 1;
    this.#characters += text.length;
    this.#length += englishLength(text);
  }

  /** What the provider counted so far. */
  get told(): TokenUsage | undefined {
    return this.#told;
  }

  /** What it counted of all. Some count as they write: what they said before the last words is not what they charge. */
  get toldOfAll(): TokenUsage | undefined {
    return this.#isToldLast ? this.#told : undefined;
  }

  /** About as many as the provider charges. */
  get tokens(): number {
    return Math.max(this.#parts, estimateTokens(this.#length));
  }

  /** The answer has no fewer. */
  get leastTokens(): number {
    return Math.max(this.#parts, Math.floor(this.#characters / longestToken));
  }
}
