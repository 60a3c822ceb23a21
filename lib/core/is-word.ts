/** A name as programs give them: letters and underscores. Whatever else stands there may be a text, or a key. */
export const isWord = (value: unknown): value is string => typeof value === 'string' && /^[A-Za-z_]{1,64}$/.test(value);
