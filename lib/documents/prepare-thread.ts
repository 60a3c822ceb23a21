import { Worker } from 'node:worker_threads';
import { abortable } from '#lib/core/abort.ts';
import { PlainError } from '#lib/core/plain-error.ts';
import type { PrepareJob, PrepareReply } from './prepare-worker.ts';

/** A thread that prepares one document at a time. */
export interface PrepareThread {
  /** Throws `OutOfMemory`, the signal's reason, or why the thread has ended; it is of no more use then. */
  run(job: PrepareJob, signal: AbortSignal): Promise<PrepareReply>;
  isAlive(): boolean;
  end(): Promise<unknown>;
}

export interface MemoryLimits {
  heapMegabytes: number;
  /** Of buffers, which V8's own limit does not count: what a stream unpacks to, for example. */
  bufferMegabytes: number;
}

export class OutOfMemory extends PlainError {
  override readonly name = 'OutOfMemory';
}

const watchMilliseconds = 100;
const megabyte = 1024 * 1024;

const isHeapExhausted = (error: Error): boolean => 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY';

export function createPrepareThread(url: URL, { heapMegabytes, bufferMegabytes }: MemoryLimits): PrepareThread {
  const worker = new Worker(url, {
    resourceLimits: { maxOldGenerationSizeMb: heapMegabytes, maxYoungGenerationSizeMb: 64 },
  });
  let failure: Error | undefined;
  let failJob: ((reason: Error) => void) | undefined;
  const onEnd = (error: Error) => {
    failure ??= isHeapExhausted(error) ? new OutOfMemory('heap', { cause: error }) : error;
    failJob?.(failure);
  };
  // Both come between jobs as well, where nothing else hears them; an `error` unheard ends the process.
  worker.on('error', onEnd);
  worker.on('exit', () => onEnd(new PlainError('The thread has ended')));
  worker.unref();

  async function watchBuffers(): Promise<void> {
    const { external_memory: used } = await worker.getHeapStatistics();
    if (used > bufferMegabytes * megabyte) onEnd(new OutOfMemory('buffers'));
  }

  return {
    async run(job, signal) {
      if (failure) throw failure;
      const { promise, resolve, reject } = Promise.withResolvers<PrepareReply>();
      failJob = reject;
      worker.ref();
      worker.once('message', resolve);
      const watch = setInterval(() => void watchBuffers().catch(() => undefined), watchMilliseconds);
      try {
        worker.postMessage(job);
        return await abortable(promise, signal);
      } finally {
        clearInterval(watch);
        worker.off('message', resolve);
        failJob = undefined;
        worker.unref();
      }
    },
    isAlive: () => failure === undefined,
    end: () => worker.terminate(),
  };
}
