import { Document, HeadingLevel, ImageRun, Packer, Paragraph, Table, TableCell, TableRow, type FileChild } from 'docx';
import { strToU8, zipSync } from 'fflate';

export const heading = (text: string): FileChild => new Paragraph({ text, heading: HeadingLevel.HEADING_1 });
export const subheading = (text: string): FileChild => new Paragraph({ text, heading: HeadingLevel.HEADING_2 });
export const paragraph = (text: string): FileChild => new Paragraph({ text });

export const table = (rows: readonly (readonly string[])[]): FileChild =>
  new Table({
    rows: rows.map(
      (row) =>
        new TableRow({
          children: row.map((text) => new TableCell({ children: text.split('\n').map((line) => new Paragraph(line)) })),
        }),
    ),
  });

export const picture = (): FileChild =>
  new Paragraph({
    children: [
      new ImageRun({ type: 'png', data: new Uint8Array(50_000).fill(7), transformation: { width: 10, height: 10 } }),
    ],
  });

export async function createDocx(...children: FileChild[]): Promise<Uint8Array> {
  return new Uint8Array(await Packer.toBuffer(new Document({ sections: [{ children }] })));
}

const megabyte = 1024 * 1024;
const contentTypes = strToU8(
  '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="xml" ContentType="application/xml"/></Types>',
);

/** An archive whose document unpacks to this many megabytes of blanks. */
export const createZipBomb = (megabytes: number): Uint8Array =>
  zipSync(
    { '[Content_Types].xml': contentTypes, 'word/document.xml': new Uint8Array(megabytes * megabyte).fill(32) },
    { level: 1 },
  );

/** The same archive, but its directory and its headers say that the parts unpack to ten bytes. */
export function withFalseSizes(archive: Uint8Array): Uint8Array {
  const bytes = Buffer.from(archive);
  const replace = (signature: string, position: number) => {
    for (let at = bytes.indexOf(signature, 0, 'latin1'); at !== -1; at = bytes.indexOf(signature, at + 4, 'latin1'))
      bytes.writeUInt32LE(10, at + position);
  };
  replace('PK\u0001\u0002', 24);
  replace('PK\u0003\u0004', 22);
  return bytes;
}

/** The start of every file of the old Office formats and of every encrypted new one. */
export const createCompoundFile = (): Uint8Array =>
  Buffer.concat([Buffer.from('d0cf11e0a1b11ae1', 'hex'), Buffer.alloc(2_000)]);
