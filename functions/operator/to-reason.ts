/** What went wrong, in the engines' words: whoever reads this operates them. */
export function toReason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? error.message : `${error.message}: ${toReason(error.cause)}`;
}
