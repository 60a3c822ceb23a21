import { sha256Hex } from '#lib/core/digest.ts';

/**
 * What is told of an id that led to nothing. It is the client's own words, which may be anything, and whoever knows an id
 * can look for it all the same.
 */
export const toAskedTarget = (id: string): string => `sha256:${sha256Hex(id)}`;
