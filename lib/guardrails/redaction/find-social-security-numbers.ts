import { createFinder } from './span.ts';

/** US numbers as they are written; without hyphens only where a word says what they are. */
export const findSocialSecurityNumbers = createFinder(
  /(?<![\p{L}\d-])(?!000|666|9)\d{3}-(?!00)\d{2}-(?!0000)\d{4}(?![\p{L}\d]|-\d)|(?<=\b(?:ssn|social security (?:number|no\.?|#))[:# ]{1,3})(?!000|666|9)\d{3}[ ]?(?!00)\d{2}[ ]?(?!0000)\d{4}(?!\d)/iu,
);
