/** What is indexed, and embedded, of a chunk: its text below the title and the headings above it. */
export const toIndexedText = (
  title: string,
  { headings, text }: { headings: readonly string[]; text: string },
): string => [title, ...headings, text].join('\n');
