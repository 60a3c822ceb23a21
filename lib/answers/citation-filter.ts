/** What could still become a marker once more text comes. */
const openMarker = /\s?\[\d{0,3}$/;
const marker = /(\s?)\[(\d{1,3})\]/g;
/** What would become another marker if the one behind it were only left out. */
const brokenMarker = /\[\d{0,3}$/;

/** Lets an answer through as it comes, without the markers that name no source. */
export interface CitationFilter {
  /** What of the text so far can be shown. */
  push(text: string): string;
  /** What was held back. */
  end(): string;
}

export function createCitationFilter(sources: number): CitationFilter {
  let held = '';
  let tail = '';

  function show(text: string): string {
    let shown = '';
    let last = 0;
    for (const match of text.matchAll(marker)) {
      const n = Number(match[2]);
      if (n >= 1 && n <= sources) continue;
      shown += text.slice(last, match.index);
      last = match.index + match[0].length;
      if (brokenMarker.test((tail + shown).slice(-4))) shown += ' ';
    }
    shown += text.slice(last);
    tail = (tail + shown).slice(-4);
    return shown;
  }

  return {
    push(text) {
      const all = held + text;
      held = openMarker.exec(all)?.[0] ?? (/\s$/.test(all) ? all.slice(-1) : '');
      return show(all.slice(0, all.length - held.length));
    },
    end() {
      const rest = show(held);
      held = '';
      return rest;
    },
  };
}
