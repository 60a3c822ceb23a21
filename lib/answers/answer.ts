import type { Filter } from '#lib/retrieval/filter.ts';
import type { Citation } from './citations.ts';
import type { Turn } from './prompt.ts';
import type { Source } from './source.ts';

export interface Question {
  question: string;
  conversation: readonly Turn[];
  /** How many pieces of documents the answer may be based on. */
  limit: number;
  filter: Filter;
  model: string | undefined;
  maxOutputTokens: number | undefined;
  temperature: number | undefined;
  /** The client wants an answer that is made now, not one that was kept. */
  isFresh: boolean;
}

export interface AnswerUsage {
  inputTokens: number;
  outputTokens: number;
  costDollars: number;
  isEstimated: boolean;
}

export interface Answer {
  text: string;
  citations: readonly Citation[];
  finish: 'stop' | 'length' | 'no_evidence';
  docsRetrieved: number;
  model: string;
  cached: false | 'exact' | 'semantic';
  /** A part of what the documents hold was out of reach. */
  isDegraded: boolean;
  usage: AnswerUsage;
}

/** What happens while a question is answered: sources, then words, then the whole. */
export type AnswerEvent =
  | { type: 'source'; source: Source }
  | { type: 'delta'; text: string }
  | { type: 'end'; answer: Answer };
