import mammoth from 'mammoth';
import { unprocessable, type Extracted } from './extracted.ts';
import { extractHtml } from './html.ts';
import { repackXml } from './repack-xml.ts';

const startsWith = (bytes: Uint8Array, magic: readonly number[]): boolean =>
  magic.every((byte, index) => bytes[index] === byte);

function requireMagic(bytes: Uint8Array): void {
  if (startsWith(bytes, [0xd0, 0xcf, 0x11, 0xe0]))
    throw unprocessable('The file is encrypted, or of an older format than DOCX');
  if (!startsWith(bytes, [0x50, 0x4b, 0x03, 0x04]))
    throw unprocessable('The file is not a DOCX, whatever its name says');
}

/** A Word document by way of its semantic HTML: headings, paragraphs, lists and tables, no images. */
export async function extractDocx(bytes: Uint8Array): Promise<Extracted> {
  requireMagic(bytes);
  return extractHtml(await toHtml(bytes));
}

async function toHtml(bytes: Uint8Array): Promise<string> {
  try {
    const { value } = await mammoth.convertToHtml(
      { buffer: Buffer.from(repackXml(bytes)) },
      { convertImage: mammoth.images.imgElement(async () => ({ src: '' })), externalFileAccess: false },
    );
    return value;
  } catch (error) {
    if (error instanceof Error && error.name === 'ApiError') throw error;
    throw unprocessable('The file is not a readable DOCX', error);
  }
}
