import { createFinder } from './span.ts';

const minLength = 15;
const maxLength = 34;

/** ISO 7064: letters count from 10, and what stands first goes last. */
function isValid(iban: string): boolean {
  let rest = 0;
  for (const character of iban.slice(4) + iban.slice(0, 4)) {
    const value = Number.parseInt(character, 36);
    rest = (rest * (value > 9 ? 100 : 10) + value) % 97;
  }
  return rest === 1;
}

/** An IBAN in groups looks as if the next word belonged to it: groups are left away until the rest is one. */
function measureIban(found: string): number {
  for (let end = found.length; end > 0; end = found.lastIndexOf(' ', end - 1)) {
    const iban = found.slice(0, end).replaceAll(' ', '').toUpperCase();
    if (iban.length < minLength) return 0;
    if (iban.length <= maxLength && isValid(iban)) return end;
  }
  return 0;
}

export const findIbans = createFinder(
  /(?<![\p{L}\d])[A-Z]{2}\d{2}(?: ?[A-Z\d]{4}){2,7}(?: ?[A-Z\d]{1,3})?(?![\p{L}\d])/u,
  measureIban,
);
