export interface StreamLimits {
  /** Milliseconds until the first word, of each attempt. */
  firstToken: number;
  /** Milliseconds between words; comments and pings are none. */
  betweenTokens: number;
  /** Milliseconds for all attempts together. */
  total: number;
}

/** Calls of one model before its first word. */
export const maxTries = 2;

/** The total is below the 555 s that a stream to a client may take. */
export const defaultStreamLimits: StreamLimits = { firstToken: 15_000, betweenTokens: 20_000, total: 540_000 };
