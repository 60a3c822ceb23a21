/** For English and the tokenizers in use. */
export const charactersPerToken = 4;

/** About as many tokens as a text of so many characters has. */
export const estimateTokens = (characters: number): number => Math.ceil(characters / charactersPerToken);
