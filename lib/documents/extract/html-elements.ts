/** What is not read on the page. `head` is not among them: its end tag may be left out. */
export const skippedElements: ReadonlySet<string> = new Set(
  'script style noscript template svg math title iframe object select'.split(' '),
);

/** Elements that start and end a block. */
export const blockElements: ReadonlySet<string> = new Set(
  'address article aside blockquote body br caption dd details dialog div dl dt fieldset figcaption figure footer form h1 h2 h3 h4 h5 h6 header hgroup hr legend li main nav ol p pre search section summary table tbody tfoot thead tr ul'.split(
    ' ',
  ),
);

/** Blocks that within a table's cell are only more words of its row. */
export const cellContent: ReadonlySet<string> = new Set('p div br li ul ol'.split(' '));

export const isCell = (name: string): boolean => name === 'td' || name === 'th';

/** The level of `h1` to `h6`. */
export const toHeadingLevel = (name: string): number | undefined =>
  name.length === 2 && name[0] === 'h' && name >= 'h1' && name <= 'h6' ? Number(name[1]) : undefined;
