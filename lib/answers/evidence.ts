import { stemmer } from 'stemmer';
import type { Hit } from '#lib/retrieval/engine.ts';
import { toWords } from '#lib/retrieval/terms.ts';
import { toStems } from './sentences.ts';

/** The share of a question's meaning that the hits must speak of. */
const minCoverage = 0.4;
/** Cosine from which a passage is about the question; unrelated passages stay below .3 with common models. */
const minSimilarity = 0.45;
const nameWeight = 2;

/** Names and numbers identify what a question is about: without them a passage is about something else. */
function namesIn(question: string): Set<string> {
  const names = question.match(/(?<=[^.!?]\s)\p{Lu}[\p{L}\p{N}]*|\p{L}*\p{N}[\p{L}\p{N}]*/gu) ?? [];
  return new Set(names.flatMap(toWords).map((word) => stemmer(word)));
}

/** Whether the hits hold enough to answer from, rather than to guess. */
export function hasEvidence(question: string, hits: readonly Hit[]): boolean {
  if (hits.length === 0) return false;
  if (hits.some(({ similarity = 0 }) => similarity >= minSimilarity)) return true;
  const wanted = new Set(toStems(question));
  if (wanted.size === 0) return true;
  const names = namesIn(question);
  const found = new Set(hits.flatMap(({ title, text }) => toStems(`${title}\n${text}`)));
  const weigh = (stems: Iterable<string>) =>
    [...stems].reduce((sum, stem) => sum + (names.has(stem) ? nameWeight : 1), 0);
  return weigh([...wanted].filter((stem) => found.has(stem))) >= minCoverage * weigh(wanted);
}
