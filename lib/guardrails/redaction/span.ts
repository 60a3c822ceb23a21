/** A part of a text, in UTF-16 offsets. */
export interface Span {
  start: number;
  end: number;
}

/** Finds all of one kind. The time it takes grows with the text's length and no faster. */
export type FindSpans = (text: string) => Iterable<Span>;

/**
 * What fits a pattern and passes the check, which gives back how much of it counts: 0 for nothing. What does not
 * pass is looked into again from its second character, so a pattern must be bounded in length.
 */
export const createFinder = (
  pattern: RegExp,
  measure: (found: string) => number = (found) => found.length,
): FindSpans =>
  function* findSpans(text) {
    const search = new RegExp(pattern.source, pattern.flags.includes('g') ? pattern.flags : `${pattern.flags}g`);
    for (let match = search.exec(text); match; match = search.exec(text)) {
      const length = measure(match[0]);
      const end = match.index + length;
      if (length > 0) yield { start: match.index, end };
      search.lastIndex = Math.max(end, match.index + 1);
    }
  };

const withFlags = ({ source, flags }: RegExp, more: string): RegExp => new RegExp(source, flags + more);

/** Longer than what stands before a value. */
const maxBefore = 64;

/**
 * What fits `value` right behind what fits `before`: only there is it looked for. What does not pass is passed over, but
 * for its end, in which the next one may begin.
 */
export const createFinderBehind = (
  before: RegExp,
  value: RegExp,
  isFound: (found: string) => boolean = () => true,
): FindSpans =>
  function* findSpansBehind(text) {
    const search = withFlags(before, 'g');
    const look = withFlags(value, 'y');
    for (let match = search.exec(text); match; match = search.exec(text)) {
      look.lastIndex = search.lastIndex;
      const found = look.exec(text);
      if (!found) continue;
      if (!isFound(found[0])) {
        search.lastIndex = Math.max(search.lastIndex, look.lastIndex - maxBefore);
        continue;
      }
      yield { start: found.index, end: look.lastIndex };
      search.lastIndex = look.lastIndex;
    }
  };
