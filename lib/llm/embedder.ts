import type { TenantRef } from '#lib/tenancy/state-key.ts';

/** Turns texts into vectors of length 1. */
export interface Embedder {
  /** Model and dimensions: vectors of different identities can't be compared. */
  readonly identity: string;
  readonly dimensions: number;
  /**
   * One vector a text, in their order. What is remembered of one tenant's texts serves no other.
   * Throws `model_error`, `model_timeout`, `model_overloaded` or the signal's reason.
   */
  embed(tenant: TenantRef, texts: readonly string[], signal: AbortSignal): Promise<Float32Array[]>;
}
