import { deflateSync } from 'node:zlib';
import { PDFDocument, StandardFonts } from 'pdf-lib';

interface PdfOptions {
  title?: string;
}

/** A PDF with a page for each list of lines. */
export async function createPdf(pages: readonly (readonly string[])[], { title }: PdfOptions = {}) {
  const document = await PDFDocument.create();
  if (title !== undefined) document.setTitle(title);
  const font = await document.embedFont(StandardFonts.Helvetica);
  for (const lines of pages) {
    const page = document.addPage();
    for (const [index, line] of lines.entries()) page.drawText(line, { x: 40, y: 780 - index * 14, size: 11, font });
  }
  return document.save();
}

const pixel = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

/** What a scanner makes: a page that is a picture. */
export async function createScannedPdf(): Promise<Uint8Array> {
  const document = await PDFDocument.create();
  const image = await document.embedPng(pixel);
  document.addPage().drawImage(image, { x: 0, y: 0, width: 500, height: 700 });
  return document.save();
}

/** A PDF of these objects, numbered from 1; the first is the catalog. */
function writePdf(objects: readonly Buffer[], trailer = ''): Uint8Array {
  let file = Buffer.from('%PDF-1.4\n');
  const offsets = objects.map((object, index) => {
    const offset = file.length;
    file = Buffer.concat([file, Buffer.from(`${index + 1} 0 obj\n`), object, Buffer.from('\nendobj\n')]);
    return offset;
  });
  const rows = offsets.map((offset) => `${String(offset).padStart(10, '0')} 00000 n \n`).join('');
  const size = objects.length + 1;
  const end = `xref\n0 ${size}\n0000000000 65535 f \n${rows}trailer\n<< /Size ${size} /Root 1 0 R ${trailer} >>\nstartxref\n${file.length}\n%%EOF\n`;
  return Buffer.concat([file, Buffer.from(end)]);
}

const catalog = Buffer.from('<< /Type /Catalog /Pages 2 0 R >>');
const pageTree = Buffer.from('<< /Type /Pages /Kids [3 0 R] /Count 1 >>');
const page = Buffer.from('<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R /Resources << >> >>');

function toStream(content: Buffer, filter = ''): Buffer {
  const head = Buffer.from(`<< /Length ${content.length} ${filter} >>\nstream\n`);
  return Buffer.concat([head, content, Buffer.from('\nendstream')]);
}

const key = (byte: string): string => `<${byte.repeat(32)}>`;

/** Encrypted with the standard handler; its keys belong to no password that a reader would try. */
export function createEncryptedPdf(): Uint8Array {
  const encrypt = Buffer.from(`<< /Filter /Standard /V 1 /R 2 /O ${key('5a')} /U ${key('a5')} /P -4 >>`);
  const objects = [catalog, pageTree, page, toStream(Buffer.from('BT ET')), encrypt];
  return writePdf(objects, `/Encrypt 5 0 R /ID [${key('01')} ${key('01')}]`);
}

/** Kilobytes that unpack to as many megabytes of blanks as asked for. */
export function createPdfBomb(megabytes: number): Uint8Array {
  const packed = deflateSync(deflateSync(Buffer.alloc(megabytes * 1024 * 1024, ' '), { level: 1 }));
  return writePdf([catalog, pageTree, page, toStream(packed, '/Filter [/FlateDecode /FlateDecode]')]);
}
