import type { Totals } from './figures.ts';

/** From when on what was counted matters, and until when. */
export interface Span {
  from: number;
  at: number;
}

/** What each revision, by its name, has counted. */
export type Measure = (
  revisions: readonly string[],
  span: Span,
  signal: AbortSignal,
) => Promise<ReadonlyMap<string, Totals>>;
