import { ibanLengths } from './iban-lengths.ts';
import { createFinder } from './span.ts';

/** As it is written: groups of four, with spaces or without. */
function toPattern([length, countries]: [length: string, countries: string]): string {
  const groups = Math.floor(Number(length) / 4) - 1;
  const rest = Number(length) % 4;
  const last = rest > 0 ? ` ?[A-Z\\d]{${rest}}` : '';
  return `(?:${countries.replaceAll(' ', '|')})\\d{2}(?: ?[A-Z\\d]{4}){${groups}}${last}`;
}

/** ISO 7064: letters count from 10, and what stands first goes last. */
function isValid(iban: string): boolean {
  let rest = 0;
  for (let at = 4; at < iban.length + 4; at += 1) {
    const code = iban.charCodeAt(at % iban.length);
    if (code >= 65) rest = (rest * 100 + code - 55) % 97;
    else if (code >= 48) rest = (rest * 10 + code - 48) % 97;
  }
  return rest === 1;
}

const written = Object.entries(ibanLengths).map(toPattern).join('|');

export const findIbans = createFinder(
  new RegExp(`(?<![\\p{L}\\d])(?=[A-Z]{2}\\d{2})(?:${written})(?![\\p{L}\\d])`, 'u'),
  (found) => (isValid(found) ? found.length : 0),
);
