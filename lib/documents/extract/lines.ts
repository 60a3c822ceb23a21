export interface Line {
  start: number;
  /** Before the line break. */
  end: number;
  text: string;
}

/** The lines of a text with their offsets; `\n` and `\r\n` end one. */
export function* linesOf(text: string): Generator<Line> {
  for (let start = 0; start < text.length;) {
    const found = text.indexOf('\n', start);
    const next = found === -1 ? text.length : found + 1;
    const last = found === -1 ? text.length : found;
    const end = last > start && text[last - 1] === '\r' ? last - 1 : last;
    yield { start, end, text: text.slice(start, end) };
    start = next;
  }
}
