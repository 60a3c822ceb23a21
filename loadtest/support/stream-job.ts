import * as v from 'valibot';

/** Streams that a client process is to read. */
export const StreamJobSchema = v.strictObject({
  /** By turns. */
  urls: v.array(v.string()),
  token: v.string(),
  body: v.string(),
  streams: v.number(),
  /** Most of them at a time. */
  atOnce: v.number(),
  /** Every second one is left after its first event with words. */
  abortsHalf: v.boolean(),
});

export const StreamReportSchema = v.strictObject({
  events: v.number(),
  /** Milliseconds between two reads of a stream that bring events. */
  gap: v.strictObject({ p50: v.number(), p99: v.number() }),
  /** Milliseconds of the client's own timers, and seconds of a processor. */
  lag: v.number(),
  cpu: v.number(),
  seconds: v.number(),
});

export type StreamJob = v.InferOutput<typeof StreamJobSchema>;
export type StreamReport = v.InferOutput<typeof StreamReportSchema>;
