/** Milliseconds since the epoch. */
export type Clock = () => number;

export const toIsoTime = (milliseconds: number): string => new Date(milliseconds).toISOString();
