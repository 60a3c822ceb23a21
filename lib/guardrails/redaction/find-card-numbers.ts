import { createFinder } from './span.ts';

/** First digits that card schemes use; they keep counters and times in milliseconds out. */
const issued = /^(?:3[0-9]|4|5[0-9]|2[2-7]|6)/;

function passesLuhn(digits: string): boolean {
  let sum = 0;
  for (const [index, digit] of [...digits].toReversed().entries()) {
    const value = Number(digit) * (index % 2 === 0 ? 1 : 2);
    sum += value > 9 ? value - 9 : value;
  }
  return sum % 10 === 0;
}

const isCard = (found: string): boolean => {
  const digits = found.replace(/\D/g, '');
  return issued.test(digits) && !/^(\d)\1*$/.test(digits) && passesLuhn(digits);
};

export const findCardNumbers = createFinder(
  /(?<![\p{L}\d_])(?<!\d[.,])\d(?:[ -]?\d){12,18}(?![\p{L}\d_]|[.,]\d)/u,
  (found) => (isCard(found) ? found.length : 0),
);
