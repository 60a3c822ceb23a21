import { getDocumentProxy } from 'unpdf';
import { createTextBuilder, unprocessable, type Extracted } from './extracted.ts';

/** The text of a PDF's text layer, a block a paragraph. */
export async function extractPdf(bytes: Uint8Array): Promise<Extracted> {
  const builder = createTextBuilder();
  const document = await open(bytes);
  try {
    for (let number = 1; number <= document.numPages; number += 1) {
      const page = await document.getPage(number);
      const { items } = await page.getTextContent();
      for (const paragraph of toParagraphs(items)) builder.add(paragraph);
      page.cleanup();
    }
    const { info } = await document.getMetadata();
    const extracted = builder.build(titleOf(info));
    if (extracted.text === '') throw unprocessable('The PDF holds no text: a scan needs character recognition first');
    return extracted;
  } finally {
    await document.loadingTask.destroy();
  }
}

async function open(bytes: Uint8Array) {
  try {
    // pdf.js takes the buffer for itself, hence the copy.
    return await getDocumentProxy(bytes.slice(), { verbosity: 0 });
  } catch (error) {
    const isEncrypted = error instanceof Error && error.name === 'PasswordException';
    throw unprocessable(isEncrypted ? 'The PDF is encrypted' : 'The PDF is damaged', error);
  }
}

type TextItems = Awaited<
  ReturnType<Awaited<ReturnType<Awaited<ReturnType<typeof open>>['getPage']>>['getTextContent']>
>['items'];

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
