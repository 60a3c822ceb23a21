import type { TenantRef } from '#lib/tenancy/state-key.ts';
import type { CatalogueModel } from './catalogue.ts';
import type { UsageMeter } from '#lib/usage/usage-meter.ts';

/** Whose texts they are, and who pays for their vectors; without a meter the platform does. */
export interface Payer extends TenantRef {
  readonly usage?: UsageMeter;
}

/** Turns texts into vectors of length 1. */
export interface Embedder {
  /** Model and dimensions: vectors of different identities can't be compared. */
  readonly identity: string;
  readonly dimensions: number;
  /** What it is called and what it costs. */
  readonly model: CatalogueModel;
  /**
   * One vector a text, in their order. What is remembered of one tenant's texts serves no other, and costs nothing.
   * Throws `budget_exhausted` where less was reserved than it may cost, `model_error`, `model_timeout`, `model_overloaded` or the signal's reason.
   */
  embed(payer: Payer, texts: readonly string[], signal: AbortSignal): Promise<Float32Array[]>;
}
