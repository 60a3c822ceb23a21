import { stemmer } from 'stemmer';
import { toWords } from '#lib/retrieval/terms.ts';

/** Words that a question may have or not have, and still ask for the same. */
const neutralWords = new Set(
  'a an the is are am be being get do does can could i me my we our your please tell explain which what whats of in on at for that this there any'.split(
    ' ',
  ),
);

/**
 * The stems of all other words of a question, in their order: names, numbers and negations among them. Questions that
 * differ in one may have other answers, however near their vectors are: all-MiniLM-L6-v2 puts "from Berlin to Paris" and
 * "from Paris to Berlin" at .997, "active" and "inactive" in a longer question at .973.
 */
export const toGuard = (question: string): string =>
  toWords(question.replaceAll(/['’]/g, ''))
    .filter((word) => !neutralWords.has(word))
    .map((word) => stemmer(word))
    .join(' ');
