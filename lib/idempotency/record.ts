import * as v from 'valibot';

/** What is stored of a key. Whoever writes it must have read it just before: an attempt that was given up for lost changes nothing. */
const IdempotencyRecordSchema = v.variant('state', [
  v.strictObject({
    state: v.literal('running'),
    fingerprint: v.string(),
    call_id: v.string(),
    /** Its pulse tells whether the process is still there. */
    attempt_id: v.string(),
  }),
  v.strictObject({
    state: v.literal('answered'),
    fingerprint: v.string(),
    /** Sealed. */
    answer: v.string(),
  }),
  v.strictObject({ state: v.literal('unkept'), fingerprint: v.string() }),
  v.strictObject({ state: v.literal('free') }),
]);

export type IdempotencyRecord = v.InferOutput<typeof IdempotencyRecordSchema>;

export const parseRecord = (text: string): IdempotencyRecord => v.parse(IdempotencyRecordSchema, JSON.parse(text));
