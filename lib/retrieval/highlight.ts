import { stemmer } from 'stemmer';
import { isStopWord, toTerms, toWords } from './terms.ts';

export interface Span {
  start: number;
  end: number;
}

const maxHighlights = 50;

/** Where a text says what the query says, word by word, up to the word's ending. */
export function highlight(text: string, query: string): Span[] {
  const wanted = new Set(toTerms(query, 64).map((term) => stemmer(term)));
  const spans: Span[] = [];
  for (const match of text.matchAll(/[\p{L}\p{N}\p{M}]+/gu)) {
    const [word = ''] = toWords(match[0]);
    if (isStopWord(word) || !wanted.has(stemmer(word))) continue;
    spans.push({ start: match.index, end: match.index + match[0].length });
    if (spans.length === maxHighlights) break;
  }
  return spans;
}
