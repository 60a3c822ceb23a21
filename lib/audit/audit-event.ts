import * as v from 'valibot';

const text = (length: number) => v.pipe(v.string(), v.maxLength(length));
const sha256 = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/));

/** An event as it is kept, exported and hashed. */
export const AuditEventSchema = v.strictObject({
  /** From 1, without a gap, within the tenant's chain. */
  sequence: v.pipe(v.number(), v.safeInteger(), v.minValue(1)),
  timestamp: v.pipe(v.string(), v.isoTimestamp()),
  /** `_platform` for what is no tenant's. */
  tenant_id: text(64),
  user_id: text(256),
  action: text(64),
  target: text(512),
  /** `begun` before a mutation; then, as of a reading, `success` or the code of the problem. */
  outcome: text(64),
  /** Of an outcome: the sequence of the intent that it answers. */
  intent: v.optional(v.pipe(v.number(), v.safeInteger(), v.minValue(1))),
  ip: v.nullable(text(64)),
  request_id: text(256),
  /** The hash of the event before; 64 zeros before the first. */
  previous_hash: sha256,
  /** SHA-256 over the canonical JSON of all other fields. */
  hash: sha256,
});

export type AuditEvent = v.InferOutput<typeof AuditEventSchema>;

/** An event that has no place in its chain yet. */
export type PendingEvent = Omit<AuditEvent, 'sequence' | 'previous_hash' | 'hash'>;
