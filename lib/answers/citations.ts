import { toSentences, toStems, type Sentence } from './sentences.ts';
import type { Source } from './source.ts';

export interface Citation {
  n: number;
  documentId: string;
  title: string;
  /** Exactly what stands in the document's text from `start` to `end` (UTF-16 offsets). */
  quote: string;
  start: number;
  end: number;
}

const marker = /\[(\d{1,3})\]/g;

/** Each `[n]` of an answer with the words it stands behind: back to the sentence's begin or the last other marker. */
function* claimsIn(answer: string): Generator<{ n: number; claim: string }> {
  let claim = '';
  let last = 0;
  for (const match of answer.matchAll(marker)) {
    const between = answer.slice(last, match.index);
    // Markers in a row stand behind the same words.
    if (between.trim() !== '')
      claim = toSentences(between).findLast(({ text }) => toStems(text).length > 0)?.text ?? between;
    last = match.index + match[0].length;
    yield { n: Number(match[1]), claim };
  }
}

/** The sentence that has most in common with the claim, by the share of stems that both hold. */
function findQuote(sentences: readonly Sentence[], claim: string): Sentence | undefined {
  const wanted = new Set(toStems(claim));
  let best: { sentence: Sentence; score: number } | undefined;
  for (const sentence of sentences) {
    const stems = new Set(toStems(sentence.text));
    const shared = [...stems].filter((stem) => wanted.has(stem)).length;
    const score = shared / Math.sqrt(Math.max(1, stems.size) * Math.max(1, wanted.size));
    if (!best || score > best.score) best = { sentence, score };
  }
  return best?.sentence;
}

/** What the answer's markers point at. Every marker names one of the sources: `CitationFilter` saw to that. */
export function toCitations(answer: string, sources: readonly Source[]): Citation[] {
  const byNumber = new Map(sources.map((source) => [source.n, { source, sentences: toSentences(source.text) }]));
  const citations = new Map<string, Citation>();
  for (const { n, claim } of claimsIn(answer)) {
    const cited = byNumber.get(n);
    const quote = cited && findQuote(cited.sentences, claim);
    if (!quote) continue;
    const { documentId, title, start: offset } = cited.source;
    const start = offset + quote.start;
    citations.set(`${n}:${start}`, { n, documentId, title, quote: quote.text, start, end: offset + quote.end });
  }
  return [...citations.values()];
}
