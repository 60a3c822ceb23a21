import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { ApiError } from '#lib/core/api-error.ts';
import { isTimeout, withTimeout } from '#lib/core/abort.ts';
import { createGate } from '#lib/core/gate.ts';
import type { DocumentFormat } from './media-type.ts';
import { prepare, type Prepared } from './prepare.ts';
import type { PrepareReply } from './prepare-worker.ts';

export interface Preparer {
  /** Throws as `prepare` does, `overloaded`, or the signal's reason. */
  prepare(format: DocumentFormat, content: string | Uint8Array, signal: AbortSignal): Promise<Prepared>;
  close(): Promise<void>;
}

interface PreparerOptions {
  /** The module of `prepare-worker.ts`, where the bundle or the source has it. */
  workerUrl: URL;
  workers?: number;
  timeoutMilliseconds?: number;
}

const maxWaiting = 1_000;
/** A file that would fill the memory ends its worker, not the process. */
const resourceLimits = { maxOldGenerationSizeMb: 768, maxYoungGenerationSizeMb: 64 };
/** Text up to this size is prepared at once: under 5 ms, less than a worker takes to be told of it. */
const maxInlineLength = 64 * 1024;
const inlineFormats: ReadonlySet<DocumentFormat> = new Set(['text', 'markdown', 'csv', 'json', 'ndjson']);
const idleMilliseconds = 10_000;

async function runJob(
  worker: Worker,
  format: DocumentFormat,
  content: string | Uint8Array,
  signal: AbortSignal,
): Promise<PrepareReply> {
  worker.postMessage({ format, content });
  const [reply] = (await once(worker, 'message', { signal })) as [PrepareReply];
  return reply;
}

/** Prepares documents in worker threads, each with bounded memory and time, so that none can hold up other requests. */
export function createPreparer({ workerUrl, workers = 2, timeoutMilliseconds = 120_000 }: PreparerOptions): Preparer {
  const gate = createGate({ limit: workers, queue: maxWaiting });
  const idle: Worker[] = [];
  let retire: NodeJS.Timeout | undefined;

  function endIdle(): void {
    for (const worker of idle.splice(0)) void worker.terminate();
  }

  function acquire(): Worker {
    const worker = idle.pop() ?? new Worker(workerUrl, { resourceLimits });
    worker.ref();
    return worker;
  }

  function release(worker: Worker): void {
    worker.unref();
    idle.push(worker);
    clearTimeout(retire);
    retire = setTimeout(endIdle, idleMilliseconds).unref();
  }

  async function inWorker(
    format: DocumentFormat,
    content: string | Uint8Array,
    signal: AbortSignal,
  ): Promise<Prepared> {
    const leave = await gate.enter(signal);
    const limited = withTimeout(signal, timeoutMilliseconds);
    const worker = acquire();
    try {
      const reply = await runJob(worker, format, content, limited);
      release(worker);
      if ('prepared' in reply) return reply.prepared;
      throw new ApiError(reply.failure.code, reply.failure.detail, { cause: reply.failure.cause });
    } catch (error) {
      if (error instanceof ApiError) throw error;
      await worker.terminate();
      signal.throwIfAborted();
      const detail = isTimeout(limited)
        ? 'The document takes too long to process'
        : 'The document takes too much to process';
      throw new ApiError('unprocessable_document', detail, { cause: error });
    } finally {
      leave();
    }
  }

  return {
    async prepare(format, content, signal) {
      const isSmall = content.length <= maxInlineLength && inlineFormats.has(format);
      return isSmall ? prepare(format, content) : inWorker(format, content, signal);
    },
    async close() {
      clearTimeout(retire);
      await Promise.all(idle.splice(0).map((worker) => worker.terminate()));
    },
  };
}
