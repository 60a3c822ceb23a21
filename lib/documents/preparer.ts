import { ApiError } from '#lib/core/api-error.ts';
import { isTimeout, withTimeout } from '#lib/core/abort.ts';
import { createGate } from '#lib/core/gate.ts';
import type { DocumentFormat } from './media-type.ts';
import { createPrepareThread, OutOfMemory, type MemoryLimits, type PrepareThread } from './prepare-thread.ts';
import type { PrepareJob, PrepareReply } from './prepare-worker.ts';
import { prepare, type Prepared } from './prepare.ts';

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
  /** A file that would fill the memory ends its thread, not the process. */
  memory?: MemoryLimits;
}

const maxWaiting = 1_000;
const memoryDefault: MemoryLimits = { heapMegabytes: 768, bufferMegabytes: 512 };
const idleMilliseconds = 10_000;

const kibi = 1024;
/**
 * Content up to this size is prepared at once: under 5 ms, less than a thread takes to be told of it.
 * Where a name is repeated at each of its values, the text can grow with the square of the content.
 */
const maxInlineLength: Partial<Record<DocumentFormat, number>> = {
  text: 64 * kibi,
  markdown: 64 * kibi,
  csv: 2 * kibi,
  json: 2 * kibi,
  ndjson: 2 * kibi,
};

/** Prepares documents in threads, each with bounded memory and time, so that none can hold up other requests. */
export function createPreparer({
  workerUrl,
  workers = 2,
  timeoutMilliseconds = 120_000,
  memory = memoryDefault,
}: PreparerOptions): Preparer {
  const gate = createGate({ limit: workers, queue: maxWaiting });
  const idle: PrepareThread[] = [];
  let retire: NodeJS.Timeout | undefined;
  let isClosed = false;

  const endIdle = () => Promise.all(idle.splice(0).map((thread) => thread.end()));

  function acquire(): PrepareThread {
    for (let thread = idle.pop(); thread; thread = idle.pop()) if (thread.isAlive()) return thread;
    return createPrepareThread(workerUrl, memory);
  }

  async function release(thread: PrepareThread): Promise<void> {
    if (isClosed) return void (await thread.end());
    idle.push(thread);
    clearTimeout(retire);
    retire = setTimeout(() => void endIdle(), idleMilliseconds).unref();
  }

  async function inThread(
    format: DocumentFormat,
    content: string | Uint8Array,
    signal: AbortSignal,
  ): Promise<Prepared> {
    const leave = await gate.enter(signal);
    try {
      const reply = await run({ format, content }, signal);
      if ('prepared' in reply) return reply.prepared;
      const { code, detail, cause: name } = reply.failure;
      throw new ApiError(code, detail, { cause: name && Object.assign(new Error(), { name }) });
    } finally {
      leave();
    }
  }

  async function run(job: PrepareJob, signal: AbortSignal): Promise<PrepareReply> {
    const limited = withTimeout(signal, timeoutMilliseconds);
    const thread = acquire();
    try {
      const reply = await thread.run(job, limited);
      await release(thread);
      return reply;
    } catch (error) {
      await thread.end();
      signal.throwIfAborted();
      if (isTimeout(limited)) throw tooMuch('The document takes too long to process', error);
      if (error instanceof OutOfMemory) throw tooMuch('The document takes too much memory to process', error);
      throw error;
    }
  }

  return {
    async prepare(format, content, signal) {
      const isSmall = content.length <= (maxInlineLength[format] ?? 0);
      return isSmall ? prepare(format, content) : inThread(format, content, signal);
    },
    async close() {
      isClosed = true;
      clearTimeout(retire);
      await endIdle();
    },
  };
}

const tooMuch = (detail: string, cause: unknown): ApiError => new ApiError('unprocessable_document', detail, { cause });
