import { ApiError } from '#lib/core/api-error.ts';

/** A stretch of the text that belongs together. */
export interface Block {
  start: number;
  end: number;
  /** Set where the block is a heading, without its marks; level 1 is the outermost. */
  heading?: { level: number; text: string };
}

/** A document's text and how it is built. Blocks are in order and do not overlap. */
export interface Extracted {
  text: string;
  title: string | undefined;
  blocks: Block[];
}

/** Most characters of one document's text. */
export const maxTextLength = 16 * 1024 * 1024;

export const unprocessable = (detail: string, cause?: unknown): ApiError =>
  new ApiError('unprocessable_document', detail, { cause });

export function requireLength(length: number): void {
  if (length > maxTextLength)
    throw new ApiError('too_large', `A document's text may have at most ${maxTextLength} characters`);
}

/** Strict UTF-8, or UTF-16 where a byte order mark says so. Throws `unprocessable_document`. */
export function decodeText(bytes: Uint8Array): string {
  const isUtf16 = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);
  const encoding = isUtf16 ? (bytes[0] === 0xff ? 'utf-16le' : 'utf-16be') : 'utf-8';
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch (cause) {
    throw unprocessable(`The text is not ${encoding.toUpperCase()}`, cause);
  }
}

/** A byte order mark is no text, and clients that decode the stored text would drop it: offsets would be off by one. */
export const withoutByteOrderMark = (text: string): string => text.replace(/^\ufeff+/, '');

/** Puts a text together block by block, with an empty line between them. */
export function createTextBuilder() {
  const parts: string[] = [];
  const blocks: Block[] = [];
  let length = 0;
  return {
    add(source: string, level?: number): void {
      if (source.trim() === '') return;
      const text = withoutByteOrderMark(source).toWellFormed().replaceAll('\0', ' ');
      const separator = length === 0 ? '' : '\n\n';
      const start = length + separator.length;
      length = start + text.length;
      requireLength(length);
      parts.push(separator, text);
      blocks.push({ start, end: length, ...(level === undefined ? {} : { heading: { level, text: text.trim() } }) });
    },
    build: (title?: string): Extracted => ({ text: parts.join(''), title, blocks }),
  };
}
