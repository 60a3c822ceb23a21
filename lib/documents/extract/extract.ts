import type { DocumentFormat } from '../media-type.ts';
import { extractCsv } from './csv.ts';
import { decodeText, requireLength, unprocessable, type Extracted } from './extracted.ts';
import { extractHtml } from './html.ts';
import { extractJson, extractNdjson } from './json.ts';
import { extractMarkdown } from './markdown.ts';
import { extractText } from './text.ts';

const fromText: Partial<Record<DocumentFormat, (text: string) => Extracted>> = {
  text: extractText,
  markdown: extractMarkdown,
  html: extractHtml,
  csv: extractCsv,
  json: extractJson,
  ndjson: extractNdjson,
};

/** The two heavy formats are loaded when the first such file comes. */
const fromBytes: Partial<Record<DocumentFormat, (bytes: Uint8Array) => Promise<Extracted>>> = {
  pdf: async (bytes) => (await import('./pdf.ts')).extractPdf(bytes),
  docx: async (bytes) => (await import('./docx.ts')).extractDocx(bytes),
};

const magic: Partial<Record<DocumentFormat, string>> = { pdf: '%PDF-' };

function requireMagic(format: DocumentFormat, bytes: Uint8Array): void {
  const expected = magic[format];
  if (expected !== undefined && !Buffer.from(bytes.subarray(0, 1_024)).includes(expected)) {
    throw unprocessable(`The file is not a ${format.toUpperCase()}, whatever its name says`);
  }
}

/**
 * A document's text and blocks. Throws `unprocessable_document` for what is damaged, encrypted,
 * empty or not what it says, `too_large` for more than 16 Mi characters.
 */
export async function extract(format: DocumentFormat, content: string | Uint8Array): Promise<Extracted> {
  if (content.length === 0) throw unprocessable('The document is empty');
  const extracted = await run(format, content);
  if (extracted.blocks.length === 0) throw unprocessable('The document holds no text');
  return extracted;
}

async function run(format: DocumentFormat, content: string | Uint8Array): Promise<Extracted> {
  const binary = fromBytes[format];
  if (binary) {
    const bytes = typeof content === 'string' ? Buffer.from(content) : content;
    requireMagic(format, bytes);
    return binary(bytes);
  }
  requireLength(content.length);
  const text = typeof content === 'string' ? content : decodeText(content);
  if (text.includes('\0')) throw unprocessable('The text holds binary data');
  const textual = fromText[format];
  if (!textual) throw unprocessable('The format is not known');
  return textual(text);
}
