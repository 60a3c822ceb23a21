/** What could still become a marker once more text comes. */
const openMarker = /\s?\[\d{0,3}$/;
const marker = /(\s?)\[(\d{1,3})\]/g;

/** Lets an answer through as it comes, without the markers that name no source. */
export interface CitationFilter {
  /** What of the text so far can be shown. */
  push(text: string): string;
  /** What was held back. */
  end(): string;
}

export function createCitationFilter(sources: number): CitationFilter {
  let held = '';
  const clean = (text: string) =>
    text.replace(marker, (whole, _space, n) => (Number(n) >= 1 && Number(n) <= sources ? whole : ''));
  return {
    push(text) {
      const all = held + text;
      held = openMarker.exec(all)?.[0] ?? (/\s$/.test(all) ? all.slice(-1) : '');
      return clean(all.slice(0, all.length - held.length));
    },
    end() {
      const rest = clean(held);
      held = '';
      return rest;
    },
  };
}
