import * as v from 'valibot';
import { createStatementSigner, type StatementSignerOptions } from '#lib/auth/sign-statement.ts';
import { SignatureSchema, type StatementKind } from '#lib/auth/statement.ts';
import {
  createStatementVerifier,
  type StatementFault,
  type StatementVerifierOptions,
} from '#lib/auth/verify-statement.ts';
import { toIsoTime, type Clock } from '#lib/core/clock.ts';
import { AuditEventSchema, type AuditEvent } from './audit-event.ts';
import type { ChainHead } from './chain.ts';

/** As of the block that holds the event: another tenant, or an earlier one of this name, has another. */
export const ChainNameSchema = v.pipe(v.string(), v.minLength(1), v.maxLength(200));

/** Signed statement that the chain had come so far: whoever rewrites what lies before needs the key too. */
export const CheckpointSchema = v.strictObject({
  chain: ChainNameSchema,
  ...v.pick(AuditEventSchema, ['sequence', 'hash', 'timestamp']).entries,
  signature: SignatureSchema,
});

export type Checkpoint = v.InferOutput<typeof CheckpointSchema>;

export type SignCheckpoint = (chain: string, head: ChainHead) => Promise<Checkpoint>;

/** What is wrong with its signature; `undefined` where nothing is. */
export type VerifyCheckpoint = (checkpoint: Checkpoint) => Promise<StatementFault | undefined>;

const checkpointKind: StatementKind = {
  type: 'genai-audit-checkpoint',
  keyInfo: 'genai audit checkpoint',
  article: 'a checkpoint',
};

/** `undefined` where no key is configured that could sign. */
export function createCheckpointSigner(options: StatementSignerOptions, now: Clock): SignCheckpoint | undefined {
  const sign = createStatementSigner(checkpointKind, options);
  if (!sign) return undefined;
  return async (chain, { sequence, hash }) => {
    const statement = { chain, sequence, hash, timestamp: toIsoTime(now()) };
    return { ...statement, signature: await sign(statement) };
  };
}

export function createCheckpointVerifier(options: StatementVerifierOptions): VerifyCheckpoint {
  const verify = createStatementVerifier(checkpointKind, options);
  return ({ signature, ...statement }) => verify(statement, signature);
}

const spacing = 256;
const dayOf = (timestamp: string): string => timestamp.slice(0, 10);

/** With these events a chain gets its next checkpoint. `before` is the time of the event before them, where there is one. */
export function isCheckpointDue(events: readonly AuditEvent[], before: string | undefined): boolean {
  const [first, last] = [events.at(0), events.at(-1)];
  if (!first || !last) return false;
  const passes = Math.floor(last.sequence / spacing) > Math.floor((first.sequence - 1) / spacing);
  return passes || before === undefined || dayOf(before) !== dayOf(last.timestamp);
}
