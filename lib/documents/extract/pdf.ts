import { getDocumentProxy } from 'unpdf';
import { createTextBuilder, unprocessable, type Extracted } from './extracted.ts';

const tailLength = 4 * 1024;

function requireWhole(bytes: Uint8Array): void {
  if (!Buffer.from(bytes.subarray(0, 1_024)).includes('%PDF-'))
    throw unprocessable('The file is not a PDF, whatever its name says');
  // pdf.js makes what it can of a file without its end, and pages would be missing without a word.
  if (!Buffer.from(bytes.subarray(-tailLength)).includes('%%EOF')) throw unprocessable('The PDF is cut off');
}

/** The text of a PDF's text layer, a block a paragraph. */
export async function extractPdf(bytes: Uint8Array): Promise<Extracted> {
  requireWhole(bytes);
  const document = await open(bytes);
  try {
    const extracted = await read(document);
    if (extracted.text === '') throw unprocessable('The PDF holds no text: a scan needs character recognition first');
    return extracted;
  } catch (error) {
    if (error instanceof Error && error.name === 'ApiError') throw error;
    throw unprocessable('The PDF is damaged', error);
  } finally {
    await document.loadingTask.destroy();
  }
}

async function read(document: PdfDocument): Promise<Extracted> {
  const builder = createTextBuilder();
  for (let number = 1; number <= document.numPages; number += 1) {
    const page = await document.getPage(number);
    const { items } = await page.getTextContent();
    for (const paragraph of toParagraphs(items)) builder.add(paragraph);
    page.cleanup();
  }
  const { info } = await document.getMetadata();
  return builder.build(titleOf(info));
}

async function open(bytes: Uint8Array) {
  try {
    // pdf.js takes the buffer for itself, hence the copy.
    return await getDocumentProxy(new Uint8Array(bytes), { verbosity: 0 });
  } catch (error) {
    const isEncrypted = error instanceof Error && error.name === 'PasswordException';
    throw unprocessable(isEncrypted ? 'The PDF is encrypted' : 'The PDF is damaged', error);
  }
}

type PdfDocument = Awaited<ReturnType<typeof open>>;
type PdfPage = Awaited<ReturnType<PdfDocument['getPage']>>;
type TextItems = Awaited<ReturnType<PdfPage['getTextContent']>>['items'];

/** Lines in reading order; a gap of more than one and a half lines parts paragraphs. */
function toParagraphs(items: TextItems): string[] {
  const paragraphs: string[] = [];
  let current = '';
  let lastY: number | undefined;
  for (const item of items) {
    if (!('str' in item)) continue;
    const y = Number(item.transform[5]);
    const isGap = lastY !== undefined && Math.abs(lastY - y) > Math.max(item.height, 4) * 1.8;
    if (isGap && current.trim() !== '') {
      paragraphs.push(current.trim());
      current = '';
    }
    current += item.str;
    if (item.hasEOL) current = current.endsWith('-') ? `${current}\n` : `${current.trimEnd()}\n`;
    if (item.str.trim() !== '') lastY = y;
  }
  paragraphs.push(current.trim());
  return paragraphs;
}

function titleOf(info: object): string | undefined {
  const title = 'Title' in info && typeof info.Title === 'string' ? info.Title.trim() : '';
  return title || undefined;
}
