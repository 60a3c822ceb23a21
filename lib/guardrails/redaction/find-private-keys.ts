import type { FindSpans } from './span.ts';

const begin = /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----/g;
const end = /-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----/g;

/** PEM blocks. One that does not end, in a text that was cut for example, goes on to the text's end. */
export const findPrivateKeys: FindSpans = function* findPrivateKeys(text) {
  const ends = text.matchAll(end);
  let last = 0;
  for (const { index } of text.matchAll(begin)) {
    if (index < last) continue;
    while (last <= index) {
      const next = ends.next();
      last = next.done ? text.length : next.value.index + next.value[0].length;
    }
    yield { start: index, end: last };
  }
};
