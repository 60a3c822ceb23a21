import { stemmer } from 'stemmer';
import { isStopWord, toWords } from '#lib/retrieval/terms.ts';

export interface Sentence {
  start: number;
  end: number;
  text: string;
}

const segmenter = new Intl.Segmenter('en', { granularity: 'sentence' });

/** Words by which a question asks, which no answer needs to repeat. */
const questionWords = new Set(
  'what who whom whose which when where why how do does did can could should would may might must shall i me my we our us you your he she his her its has have had having am been being about any some please tell explain describe give show many much there here so than then from between during also just long often far soon much take takes taken took get gets got make makes made happen happens mean means say says need needs want wants know'.split(
    ' ',
  ),
);

/** Stems of the words that carry a text's meaning. */
export const toStems = (text: string): string[] =>
  toWords(text)
    .filter((word) => !isStopWord(word) && !questionWords.has(word))
    .map((word) => stemmer(word));

/** Where a line begins something of its own: a list item, a table row, a heading, a quotation. */
const lineStart = /\n(?=\s*(?:\n|[-*+>|#]|\d+[.)]\s))/;

/** The sentences of a text with their offsets; list items, table rows and lines apart count as sentences. */
export function toSentences(text: string): Sentence[] {
  const sentences: Sentence[] = [];
  let lineBegin = 0;
  for (const line of text.split(lineStart)) {
    // A line break inside a paragraph ends no sentence, though the segmenter has it so.
    for (const { segment, index } of segmenter.segment(line.replace(/[\r\n]/g, ' '))) {
      const start = lineBegin + index + segment.length - segment.trimStart().length;
      const end = lineBegin + index + segment.trimEnd().length;
      if (end > start) sentences.push({ start, end, text: text.slice(start, end) });
    }
    lineBegin += line.length + 1;
  }
  return sentences;
}
