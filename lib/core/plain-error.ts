/** An error whose message holds nothing but words of the program, and may be logged; any other's may quote what it was given. */
export class PlainError extends Error {
  override name = 'PlainError';
}
