import { createFairGate } from '#lib/core/fair-gate.ts';
import type { Actor } from '#lib/tenancy/tenant-scope.ts';
import { readBody } from './read-body.ts';

const defaultMaxBytes = 32 * 1024 * 1024;
const smallUpload = 1024 * 1024;
/** With a quarter of a full weight, a tenant never has more places than it leaves free: half of them where it is alone. */
const weight = 1 / 4;

const holdNothing = (): void => undefined;

export interface Upload {
  bytes: Uint8Array;
  /** Gives its place back, when nothing of the upload is needed any more; a second time it does nothing. */
  release(): void;
}

/** The body of an upload. Throws as `readBody` does, `overloaded` and `concurrency_limited`. */
export type ReceiveUpload = (request: Request, signal: AbortSignal, actor: Actor) => Promise<Upload>;

/** The request with a body that asks for leave to go on once it is no longer small. */
function askOnceLarge(request: Request, ask: () => Promise<void>): Request {
  let size = 0;
  const asking = new TransformStream<Uint8Array, Uint8Array>({
    async transform(part, controller) {
      const isSmall = size <= smallUpload;
      size += part.byteLength;
      if (isSmall && size > smallUpload) await ask();
      controller.enqueue(part);
    },
  });
  const { url, method, headers } = request;
  return new Request(url, { method, headers, body: request.body?.pipeThrough(asking), duplex: 'half' });
}

/**
 * Uploads of up to 32 MiB, few of the large ones at once: together they stay in memory's bounds. At most half of the
 * places are one tenant's.
 */
export function createReceiveUpload({
  maxBytes = defaultMaxBytes,
  atOnce = 6,
  waiting = 100,
  patience = 10_000,
} = {}): ReceiveUpload {
  const gate = createFairGate({ limit: atOnce, queue: waiting, patience });
  return async (request, signal, actor) => {
    let release = holdNothing;
    const enter = async () => {
      release = await gate.enter(actor.tenantId ?? '', weight, signal);
    };
    const length = request.headers.get('content-length');
    if (length !== null && Number(length) > smallUpload) await enter();
    try {
      const bytes = await readBody(length === null ? askOnceLarge(request, enter) : request, maxBytes);
      return { bytes, release };
    } catch (error) {
      release();
      throw error;
    }
  };
}
