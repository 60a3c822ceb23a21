/** For English and the tokenizers in use. */
export const charactersPerToken = 4;

/** About as many tokens as an English text of so many characters has. */
export const estimateTokens = (characters: number): number => Math.ceil(characters / charactersPerToken);

/** How long an English text of as many tokens is: beyond ASCII a character is taken to be a token. */
export function englishLength(text: string): number {
  let length = text.length;
  for (let index = 0; index < text.length; index += 1) {
    if (text.charCodeAt(index) > 127) length += charactersPerToken - 1;
  }
  return length;
}
