import { parentPort } from 'node:worker_threads';
import { toApiError, type ProblemCode } from '#lib/core/api-error.ts';
import type { DocumentFormat } from './media-type.ts';
import { prepare, type Prepared } from './prepare.ts';

export interface PrepareJob {
  format: DocumentFormat;
  content: string | Uint8Array;
}

export type PrepareReply =
  | { prepared: Prepared }
  | { failure: { code: ProblemCode; detail: string | undefined; cause: string | undefined } };

async function run({ format, content }: PrepareJob): Promise<PrepareReply> {
  try {
    return { prepared: await prepare(format, content) };
  } catch (thrown) {
    const { code, detail, cause } = toApiError(thrown);
    return { failure: { code, detail, cause: cause instanceof Error ? cause.name : undefined } };
  }
}

parentPort?.on('message', (job: PrepareJob) => {
  void run(job).then((reply) => parentPort?.postMessage(reply));
});
