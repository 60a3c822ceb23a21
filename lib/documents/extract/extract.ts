import type { DocumentFormat } from '../media-type.ts';
import { extractCsv } from './csv.ts';
import { decodeText, requireLength, unprocessable, withoutByteOrderMark, type Extracted } from './extracted.ts';
import { extractHtml } from './html.ts';
import { extractJson, extractNdjson } from './json.ts';
import { extractMarkdown } from './markdown.ts';
import { extractText } from './text.ts';

/** The two heavy formats are loaded when the first such file comes. */
const fromBytes: Partial<Record<DocumentFormat, (bytes: Uint8Array) => Promise<Extracted>>> = {
  pdf: async (bytes) => (await import('./pdf.ts')).extractPdf(bytes),
  docx: async (bytes) => (await import('./docx.ts')).extractDocx(bytes),
};

const fromText: Partial<Record<DocumentFormat, (text: string) => Extracted>> = {
  text: extractText,
  markdown: extractMarkdown,
  html: extractHtml,
  csv: extractCsv,
  json: extractJson,
  ndjson: extractNdjson,
};

/**
 * A document's text and blocks. Throws `unprocessable_document` for what is damaged, encrypted,
 * empty or not what it says, `too_large` for more than 16 Mi characters.
 */
export async function extract(format: DocumentFormat, content: string | Uint8Array): Promise<Extracted> {
  if (content.length === 0) throw unprocessable('The document is empty');
  const binary = fromBytes[format];
  const extracted = binary
    ? await binary(typeof content === 'string' ? Buffer.from(content) : content)
    : runTextual(format, content);
  if (extracted.blocks.length === 0) throw unprocessable('The document holds no text');
  return extracted;
}

function runTextual(format: DocumentFormat, content: string | Uint8Array): Extracted {
  const text = withoutByteOrderMark(typeof content === 'string' ? content : decodeText(content));
  requireLength(text.length);
  if (text.includes('\0')) throw unprocessable('The text holds binary data');
  const textual = fromText[format];
  if (!textual) throw unprocessable('The format is not known');
  return textual(text);
}
