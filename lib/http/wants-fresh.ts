/** True where the client wants what is made now, not what was kept. */
export const wantsFresh = (cacheControl: string | undefined): boolean =>
  /\bno-(?:cache|store)\b/i.test(cacheControl ?? '');
