import { Unzip, UnzipInflate, zipSync } from 'fflate';
import { unprocessable } from './extracted.ts';

/** Far beyond any real document, far below what would fill the memory. */
const maxUnpackedBytes = 128 * 1024 * 1024;
const maxEntries = 5_000;
const pieceSize = 64 * 1024;
/** The end of the directory and the longest comment behind it. */
const maxTailBytes = 22 + 64 * 1024;

const isXml = (name: string): boolean => /\.(?:xml|rels)$/i.test(name);

/**
 * The XML parts of an archive as a new archive, unpacked within bounds. What is counted here and what
 * is read later are the same bytes: an archive's directory can lie about sizes, and name other parts
 * than those that lie one after the other in the file.
 */
export function repackXml(bytes: Uint8Array): Uint8Array {
  if (!Buffer.from(bytes.subarray(-maxTailBytes)).includes('PK\u0005\u0006'))
    throw unprocessable('The file is cut off');
  const parts = new Map<string, Uint8Array[]>();
  let unpacked = 0;
  let entries = 0;
  const unzip = new Unzip((file) => {
    entries += 1;
    if (entries > maxEntries) throw unprocessable('The file holds too many parts');
    if (!isXml(file.name)) return;
    const pieces: Uint8Array[] = [];
    parts.set(file.name, pieces);
    file.ondata = (error, data) => {
      if (error) throw error;
      unpacked += data.byteLength;
      if (unpacked > maxUnpackedBytes) throw unprocessable('The file is too large when unpacked');
      pieces.push(data);
    };
    file.start();
  });
  unzip.register(UnzipInflate);
  for (let start = 0; start < bytes.byteLength; start += pieceSize) {
    const end = start + pieceSize;
    unzip.push(bytes.subarray(start, end), end >= bytes.byteLength);
  }
  const whole = [...parts].map(([name, pieces]) => [name, new Uint8Array(Buffer.concat(pieces))] as const);
  return zipSync(Object.fromEntries(whole), { level: 0 });
}
