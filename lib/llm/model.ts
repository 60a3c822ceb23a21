import type { LanguageModelV4 } from '@ai-sdk/provider';

/** A language model that answers may be written with. */
export interface ChatModel {
  /** The name by which clients ask for it. */
  id: string;
  /** Loads the provider with the first call, so that a start without one does not wait for it. */
  load: () => Promise<LanguageModelV4>;
  /** False where its usage is an estimate of its own. */
  countsTokens: boolean;
}

/** About four characters a token, for English and the tokenizers in use. */
export const estimateTokens = (text: string): number => Math.ceil(text.length / 4);
