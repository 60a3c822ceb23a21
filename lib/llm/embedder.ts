/** Turns texts into vectors of length 1. */
export interface Embedder {
  /** Model and dimensions: vectors of different identities can't be compared. */
  readonly identity: string;
  /** One vector a text, in their order. Throws `model_error`, `model_timeout`, `model_overloaded` or the signal's reason. */
  embed(texts: readonly string[], signal: AbortSignal): Promise<Float32Array[]>;
}
