import type { RandomInt } from './random.ts';

/**
 * A canary is a word that no text holds by chance and that says whose it is: `zq`, twelve letters of
 * the tenant's tag, `x`, six letters of its own.
 */

const pattern = /zq[a-z]{12}x[a-z]{6}/g;

const toLetters = (length: number, randomInt: RandomInt): string =>
  Array.from({ length }, () => String.fromCodePoint(97 + randomInt(26))).join('');

export const createTag = (randomInt: RandomInt): string => toLetters(12, randomInt);

export const createCanary = (tag: string, randomInt: RandomInt): string => `zq${tag}x${toLetters(6, randomInt)}`;

export const toTag = (canary: string): string => canary.slice(2, 14);

/** The canaries in the text that are not of the tag's owner, each once. */
export const findForeignCanaries = (text: string, tag: string): string[] =>
  [...new Set(text.match(pattern))].filter((canary) => toTag(canary) !== tag);
