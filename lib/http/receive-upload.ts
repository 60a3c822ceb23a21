import { createGate } from '#lib/core/gate.ts';
import { readBody } from './read-body.ts';

const defaultMaxBytes = 32 * 1024 * 1024;
const smallUpload = 1024 * 1024;

export interface Upload {
  bytes: Uint8Array;
  /** Called when nothing of the upload is needed any more. */
  release(): void;
}

/** The body of an upload. Throws as `readBody` does, and `overloaded`. */
export type ReceiveUpload = (request: Request, signal: AbortSignal) => Promise<Upload>;

/** Uploads of up to 32 MiB, few of the large ones at once: together they stay in memory's bounds. */
export function createReceiveUpload({ maxBytes = defaultMaxBytes, atOnce = 6, waiting = 100 } = {}): ReceiveUpload {
  const gate = createGate({ limit: atOnce, queue: waiting });
  return async (request, signal) => {
    const declared = Number(request.headers.get('content-length') ?? Infinity);
    const release = declared <= smallUpload ? () => undefined : await gate.enter(signal);
    try {
      return { bytes: await readBody(request, maxBytes), release };
    } catch (error) {
      release();
      throw error;
    }
  };
}
