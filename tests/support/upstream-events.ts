import type { ServerResponse } from 'node:http';
import type { Dialect } from './upstream-reply.ts';

function toText(data: string, dialect: Dialect): string {
  switch (dialect) {
    case 'crlf':
      return `data: ${data}\r\n\r\n`;
    case 'cr':
      return `data: ${data}\r\r`;
    case 'multi-line':
      return `${data
        .split('\n')
        .map((line) => `data:${line}`)
        .join('\n')}\n\n`;
    case 'noisy':
      return `: a comment\nid: 1\0\nretry: soon\nunknown: field\nevent: message\ndata: ${data}\n\n:\n\n`;
    default:
      return `data: ${data}\n\n`;
  }
}

/** Writes server-sent events, in one of the ways that are legal. */
export interface EventWriter {
  send(data: unknown): Promise<void>;
  /** Bytes as they are. */
  write(bytes: string | Uint8Array): void;
}

export function createEventWriter(response: ServerResponse, dialect: Dialect = 'lf'): EventWriter {
  let isFirst = true;
  return {
    async send(data) {
      const json = typeof data === 'string' ? data : JSON.stringify(data, null, dialect === 'multi-line' ? 1 : 0);
      const text = toText(json, dialect);
      const bytes = Buffer.from(dialect === 'bom' && isFirst ? `\uFEFF${text}` : text);
      isFirst = false;
      if (dialect !== 'byte-by-byte') return void response.write(bytes);
      for (const byte of bytes) {
        response.write(Uint8Array.of(byte));
        await new Promise(setImmediate);
      }
    },
    write: (bytes) => void response.write(bytes),
  };
}
