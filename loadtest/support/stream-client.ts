import type { Socket } from 'node:net';
import { createHistogram } from 'node:perf_hooks';
import * as v from 'valibot';
import { watchLoopLag } from './loop-lag.ts';
import { openConnection, readStream, toRequestHead } from './raw-stream.ts';
import { StreamJobSchema, type StreamReport } from './stream-job.ts';

/** Reads the streams that its argument describes, and prints how they came. */

const job = v.parse(StreamJobSchema, JSON.parse(process.argv[2] ?? '{}'));
const requests = job.urls.map((url) => ({ url, head: toRequestHead({ ...job, url }) }));
/** Microseconds. */
const gaps = createHistogram();
const readLag = watchLoopLag();
let events = 0;
let begun = 0;
let answering = 0;

/** The role comes before the first words. */
const eventsBeforeAbort = 2;
/** Over so many milliseconds the streams begin, so that their tokens do not all come at once. */
const spread = Math.min(1_000, 2 * job.atOnce);

async function read(socket: Socket, request: string, isAborted: boolean): Promise<boolean> {
  let lastAt: number | undefined;
  let own = 0;
  return readStream(socket, request, (count) => {
    const now = performance.now();
    if (lastAt === undefined) answering += 1;
    // While some are still to be asked for, a process does more than it is measured for.
    else if (answering === job.atOnce) gaps.record(Math.max(1, Math.round((now - lastAt) * 1000)));
    lastAt = now;
    events += count;
    own += count;
    return isAborted && own >= eventsBeforeAbort;
  });
}

async function work(place: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, (spread * place) / job.atOnce));
  const { url, head } = requests[place % requests.length] ?? {};
  if (url === undefined || head === undefined) throw new Error('There is nobody to ask');
  let socket: Socket | undefined;
  while (begun < job.streams) {
    begun += 1;
    socket ??= await openConnection(url);
    const isReusable = await read(socket, head, job.abortsHalf && begun % 2 === 0);
    answering -= 1;
    if (!isReusable) socket = undefined;
  }
  socket?.destroy();
}

const started = performance.now();
await Promise.all(Array.from({ length: job.atOnce }, (_, place) => work(place)));
const { user, system } = process.cpuUsage();
const report: StreamReport = {
  events,
  gap: { p50: gaps.percentile(50) / 1000, p99: gaps.percentile(99) / 1000 },
  lag: readLag(),
  cpu: (user + system) / 1e6,
  seconds: (performance.now() - started) / 1000,
};
process.stdout.write(JSON.stringify(report));
