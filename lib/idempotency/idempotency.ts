import * as v from 'valibot';
import type { Actor } from '#lib/tenancy/tenant-scope.ts';

/** Most characters of an answer that is kept; fewer of one that can't be compressed. */
export const maxAnswerLength = 1024 * 1024;

/** An answer as it was given. An event stream is its text without the heartbeats. */
export const KeptAnswerSchema = v.strictObject({
  status: v.pipe(v.number(), v.integer(), v.minValue(200), v.maxValue(599)),
  headers: v.record(v.string(), v.string()),
  body: v.string(),
});

export type KeptAnswer = v.InferOutput<typeof KeptAnswerSchema>;

/** A request that carries an idempotency key. */
export interface KeyedRequest {
  key: string;
  /** Method and path. */
  target: string;
  /** All else that makes it this request and no other. */
  content: string;
  /** The request erases what its tenant has stored; its own answer stays. */
  outlivesErasure: boolean;
}

/** The one request with a key that is carried out. The first call of `keep` or `free` counts; neither throws. */
export interface Attempt {
  /** Of what is paid for once: the attempt that goes on for one whose process is gone has the same one. */
  readonly callId: string;
  /** Gives the answer to whoever sends the request again; `undefined` stands for one that is too long for that. */
  keep(answer: KeptAnswer | undefined): Promise<void>;
  /** Lets the key be used as if it never had been. */
  free(): Promise<void>;
}

/**
 * Begins the request, or gives the answer that it had. Throws `idempotency_conflict` where the key stands for another
 * request, `conflict` while the request runs, `state_unavailable`, or the signal's reason.
 */
export type Idempotency = (
  actor: Actor,
  request: KeyedRequest,
  signal: AbortSignal,
) => Promise<{ attempt: Attempt } | { answer: KeptAnswer }>;
