import { Unzip, UnzipInflate } from 'fflate';
import mammoth from 'mammoth';
import { unprocessable, type Extracted } from './extracted.ts';
import { extractHtml } from './html.ts';

/** Far beyond any real document, far below what would fill the memory. */
const maxUnpackedBytes = 128 * 1024 * 1024;
const maxEntries = 5_000;
const pieceSize = 64 * 1024;

/** Unpacks the archive once, keeping nothing, to learn its true size: what its directory says can be a lie. */
function requireHarmlessArchive(bytes: Uint8Array): void {
  let unpacked = 0;
  let entries = 0;
  const unzip = new Unzip((file) => {
    entries += 1;
    if (entries > maxEntries) throw unprocessable('The file holds too many parts');
    file.ondata = (error, data) => {
      if (error) throw error;
      unpacked += data.byteLength;
      if (unpacked > maxUnpackedBytes) throw unprocessable('The file is too large when unpacked');
    };
    file.start();
  });
  unzip.register(UnzipInflate);
  for (let start = 0; start < bytes.byteLength; start += pieceSize) {
    const end = start + pieceSize;
    unzip.push(bytes.subarray(start, end), end >= bytes.byteLength);
  }
}

const isCompoundFile = (bytes: Uint8Array): boolean =>
  bytes[0] === 0xd0 && bytes[1] === 0xcf && bytes[2] === 0x11 && bytes[3] === 0xe0;

/** A Word document by way of its semantic HTML: headings, paragraphs, lists and tables, no images. */
export async function extractDocx(bytes: Uint8Array): Promise<Extracted> {
  if (isCompoundFile(bytes)) throw unprocessable('The file is encrypted, or of an older format than DOCX');
  try {
    requireHarmlessArchive(bytes);
    const { value } = await mammoth.convertToHtml(
      { buffer: Buffer.from(bytes) },
      { convertImage: mammoth.images.imgElement(async () => ({ src: '' })), externalFileAccess: false },
    );
    return extractHtml(value);
  } catch (error) {
    if (error instanceof Error && error.name === 'ApiError') throw error;
    throw unprocessable('The file is not a readable DOCX', error);
  }
}
