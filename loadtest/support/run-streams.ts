import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import * as v from 'valibot';
import { StreamReportSchema, type StreamJob, type StreamReport } from './stream-job.ts';

const run = promisify(execFile);
const script = fileURLToPath(new URL('stream-client.ts', import.meta.url));

/** Reads the streams in a process of its own, and tells how they came. Throws where one failed. */
export async function runStreams(job: StreamJob): Promise<StreamReport> {
  const { stdout } = await run(process.execPath, [script, JSON.stringify(job)]);
  return v.parse(StreamReportSchema, JSON.parse(stdout));
}
