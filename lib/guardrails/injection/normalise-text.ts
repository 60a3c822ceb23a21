/** Letters of other alphabets that look like Latin ones. */
const lookalikes: ReadonlyMap<string, string> = new Map(
  Object.entries({
    а: 'a',
    е: 'e',
    о: 'o',
    р: 'p',
    с: 'c',
    у: 'y',
    х: 'x',
    і: 'i',
    ѕ: 's',
    ο: 'o',
    α: 'a',
    ι: 'i',
    ν: 'v',
  }),
);

/** A word in two alphabets is one in disguise. */
const unmask = (word: string): string =>
  /[a-z]/.test(word) ? [...word].map((letter) => lookalikes.get(letter) ?? letter).join('') : word;

/** The text as a model reads it: no accents, nothing invisible, one form of each letter, lower case, single spaces. */
export const normaliseText = (text: string): string =>
  text
    .normalize('NFKD')
    .replace(/[\p{Cf}\p{Mn}\u115F\u1160\u3164]+/gu, '')
    .normalize('NFC')
    .toLowerCase()
    .replace(/\p{L}+/gu, unmask)
    .replace(/[^\S\n]+/g, ' ')
    .replace(/\n\s+/g, '\n')
    .replaceAll('’', "'");
