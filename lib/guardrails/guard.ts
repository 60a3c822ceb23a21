import type { InputText } from './input-text.ts';
import type { OutputFilter } from './output-filter.ts';

/** Retrieved text, on its way into a prompt. */
export interface GuardedSource {
  /** True where it reads like an instruction to the model. */
  isSuspect: boolean;
}

export interface GuardedQuestion {
  question: string;
  conversation: readonly { readonly role: string; readonly content: string }[];
}

/**
 * A tenant's policy, applied to one request. Each verdict is counted and audited once for each of the
 * policy's rules that gave it, never with the text.
 */
export interface Guard {
  /** Throws `too_large` for more text than the policy allows together, `invalid_request` for what it blocks. */
  checkInput(texts: readonly InputText[]): void;
  /** The text without what the policy keeps from leaving. */
  redact(text: string): string;
  /** Both for all that a model reads of a request. Throws `invalid_request` for a file where something is to be redacted. */
  guardPrompt<P extends object>(prompt: P): P;
  /** Both for a question and the conversation before it. */
  guardQuestion<Q extends GuardedQuestion>(question: Q): Q;
  /** Redacted, and labelled for the prompt; nothing is left out. */
  guardSource<S extends { title: string; text: string }>(source: S): S & GuardedSource;
  /** One for each text that a model writes; costs nothing where the policy blocks no output. */
  createOutputFilter(): OutputFilter;
}
