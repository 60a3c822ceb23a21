import type { Readable } from 'node:stream';

/** The first `limit` bytes of a body as text; the rest of it is dropped. One that breaks off gives what it had. */
export async function readStart(body: Readable, limit: number): Promise<string> {
  const parts: Buffer[] = [];
  let size = 0;
  try {
    for await (const part of body) {
      parts.push(part);
      size += part.length;
      if (size >= limit) break;
    }
  } catch {
    // What it says is of use only where it can be read.
  }
  return Buffer.concat(parts).subarray(0, limit).toString();
}
