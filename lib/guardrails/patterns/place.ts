const newline = 10;

const isWordRune = (rune: number): boolean =>
  (rune >= 48 && rune <= 57) || (rune >= 65 && rune <= 90) || rune === 95 || (rune >= 97 && rune <= 122);

/** Before the first character and behind the last. */
export const noRune = -1;

/** What is true of the place between two characters, as the bits by which RE2 asks for it: `^`, `$`, `\b` and the like. */
export function placeBetween(before: number, after: number): number {
  let place = isWordRune(before) === isWordRune(after) ? 32 : 16;
  if (before === noRune) place |= 4 | 1;
  if (before === newline) place |= 1;
  if (after === noRune) place |= 8 | 2;
  if (after === newline) place |= 2;
  return place;
}
