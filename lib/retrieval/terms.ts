/** The stop words of Lucene's English analyzer. */
const stopWords = new Set(
  'a an and are as at be but by for if in into is it no not of on or such that the their then there these they this to was will with'.split(
    ' ',
  ),
);

const ideographic = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Thai}]/u;

/** Words in lower case without their diacritics, in the order of the text. */
export const toWords = (text: string): string[] =>
  text
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .match(/[\p{L}\p{N}]+/gu) ?? [];

export const isStopWord = (word: string): boolean => stopWords.has(word);

/** The words that say something, each once. A text of stop words alone keeps them. */
export function toTerms(text: string, limit: number): string[] {
  const words = [...new Set(toWords(text))];
  const content = words.filter((word) => !isStopWord(word));
  return (content.length > 0 ? content : words).slice(0, limit);
}

/** The 4- and 5-grams of a word, the word itself where it is shorter; pairs where words aren't spaced. */
export function toGrams(word: string): string[] {
  const characters = [...word];
  const sizes = ideographic.test(word) ? [2] : [4, 5];
  if (characters.length <= (sizes[0] ?? 0)) return [word];
  return sizes.flatMap((size) =>
    Array.from({ length: Math.max(0, characters.length - size + 1) }, (_, start) =>
      characters.slice(start, start + size).join(''),
    ),
  );
}

/** All grams of a text's content words, with repetitions: their number is a term frequency. */
export const toIndexGrams = (text: string): string[] =>
  toWords(text)
    .filter((word) => !isStopWord(word))
    .flatMap(toGrams);
