import type { CatalogueModel } from './catalogue.ts';
import type { ModelTarget } from './model-router.ts';
import type { TokenUsage } from './prices.ts';

/** How a model is called, and what the parts of its answer are worth. */
export interface ModelAttempt<Part> {
  /**
   * Calls the model. Fails with whatever went wrong, also where an answer ends before its end, and at once when the
   * signal aborts. Leaving the iterator closes the call.
   */
  open(target: ModelTarget, signal: AbortSignal): AsyncIterable<Part>;
  /** Whether the part is of the answer: once one has been shown, no other model can take over. */
  isContent(part: Part): boolean;
  /** What the provider counted, in the part that tells it. */
  usageOf(part: Part): TokenUsage | undefined;
  /** What the part holds of the answer: its tokens are counted where the provider does not say. */
  textOf(part: Part): string;
  /** About as many tokens as the prompt has. */
  promptTokens(model: CatalogueModel): number;
  /** Most tokens that the model is told to answer with, in all choices together. */
  maxOutput(model: CatalogueModel): number;
  /** Milliseconds that the first part may take beyond those of a first word. */
  extraTime?: number;
}
