import * as v from 'valibot';

const Counters = v.optional(v.record(v.string(), v.number()), {});

const Distribution = v.object({
  count: v.number(),
  min: v.number(),
  max: v.number(),
  p50: v.number(),
  p95: v.number(),
  p99: v.number(),
});

const Period = v.object({
  counters: Counters,
  summaries: v.optional(v.record(v.string(), Distribution), {}),
});

/** What Artillery writes with `--output`: the whole run, and every ten seconds of it. */
const ArtilleryOutputSchema = v.object({
  aggregate: v.object({
    ...Period.entries,
    firstMetricAt: v.optional(v.number(), 0),
    lastMetricAt: v.optional(v.number(), 0),
  }),
  intermediate: v.array(
    v.object({ ...Period.entries, period: v.pipe(v.union([v.number(), v.string()]), v.transform(Number)) }),
  ),
});

export type Distribution = v.InferOutput<typeof Distribution>;
export type ArtilleryOutput = v.InferOutput<typeof ArtilleryOutputSchema>;

export const parseArtilleryOutput = (text: string): ArtilleryOutput => v.parse(ArtilleryOutputSchema, JSON.parse(text));
