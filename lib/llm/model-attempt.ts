import type { CatalogueModel } from './catalogue.ts';
import type { ModelTarget } from './model-router.ts';
import type { TokenUsage } from './prices.ts';

export interface AnswerEnd {
  /** The model's name in the provider's own words. */
  model?: string | undefined;
  reasons?: readonly string[];
}

/** How a model is called, and what the parts of its answer are worth. */
export interface ModelAttempt<Part> {
  /**
   * Calls the model. The parts of its answer come as they are read: together those that arrived together. Fails with
   * whatever went wrong, also where an answer ends before its end, and at once when the signal aborts. Leaving the
   * iterator closes the call.
   */
  open(target: ModelTarget, signal: AbortSignal): AsyncIterable<readonly Part[]>;
  /** Whether a part without text is of the answer as well: once one that is has been shown, no other model can take over. */
  isAnswer(part: Part): boolean;
  /** What the provider counted, in the part that tells it. */
  usageOf(part: Part): TokenUsage | undefined;
  /** What the part holds of the answer: its tokens are counted where the provider does not say. */
  textOf(part: Part): string;
  /** What the provider says of its model and of the answer's end, in the part that tells it. */
  endOf?(part: Part): AnswerEnd | undefined;
  /** About as many tokens as the prompt has. */
  promptTokens(model: CatalogueModel): number;
  /** Most tokens that the model is told to answer with, in all choices together. */
  maxOutput(model: CatalogueModel): number;
  /** Milliseconds that the first part may take beyond those of a first word. */
  extraTime?: number;
}
