import { createFinder, type FindSpans } from './span.ts';

const digitsIn = (found: string): number => found.replace(/\D/g, '').length;

/** A number with one point in it is a decimal fraction. */
const isDialled = (found: string): boolean =>
  digitsIn(found) >= 8 && digitsIn(found) <= 15 && found.split('.').length !== 2;

const measurePhone = (found: string): number => (isDialled(found) ? found.length : 0);
const notInNumber = String.raw`(?<![\p{L}\d_])(?<!\d[.,/-])`;
const notBeforeNumber = String.raw`(?![\p{L}\d_]|[.,/-]\d)`;
const finder = (pattern: string, measure = measurePhone): FindSpans =>
  createFinder(new RegExp(notInNumber + pattern + notBeforeNumber, 'iu'), measure);

const finders: readonly FindSpans[] = [
  // E.164, with its zero or without.
  finder(String.raw`(?:\+|00)[1-9]\d{0,2}[ .-]?(?:\(\d{1,4}\)[ .-]?)?\d{1,4}(?:[ .-]?\d{2,5}){1,5}`),
  // North America.
  finder(String.raw`(?:\([2-9]\d{2}\) ?|[2-9]\d{2}[-. ])[2-9]\d{2}[-. ]\d{4}`, (found) => found.length),
  // France and others that write pairs.
  finder(String.raw`0[1-9](?:([ .-]?)\d{2})(?:\1\d{2}){3}`, (found) => (/\D/.test(found) ? found.length : 0)),
  // Great Britain, Germany and others that begin with the trunk's zero.
  finder(String.raw`\(?0[1-9]\d{1,4}\)?[ /-]{1,3}\d{3,8}(?:[ -]\d{2,5}){0,3}`),
  // Anything that is said to be one.
  createFinder(
    /(?<=\b(?:phone|telephone|tel|mobile|cell|fax|whatsapp|telefon|mobil|handy|téléphone|teléfono|telefono)(?: (?:no|number|nr)\.?)?[.:]{0,2} {0,2})[+(]{0,2}\d(?:[ ./()-]{0,2}\d){6,14}(?![\p{L}\d])/iu,
  ),
];

export const findPhoneNumbers: FindSpans = function* findPhoneNumbers(text) {
  for (const find of finders) yield* find(text);
};
