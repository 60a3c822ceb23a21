import type { StoredBlock } from '#lib/audit/audit-store.ts';
import type { VerifyCheckpoint } from '#lib/audit/checkpoint.ts';
import type { VerifyExportEnd } from '#lib/audit/export-end.ts';
import type { HeadMemory } from '#lib/audit/head-memory.ts';
import { createKnownHeadCheck, type KnownHeadCheck } from '#lib/audit/known-head.ts';
import { recordReading } from '#lib/audit/record-reading.ts';
import { readBlocks } from '#lib/audit/read-blocks.ts';
import { toChain } from '#lib/audit/to-pending-event.ts';
import { verifyChain, type ChainVerdict } from '#lib/audit/verify-chain.ts';
import { requirePermission } from '#lib/tenancy/role.ts';
import type { Actor } from '#lib/tenancy/tenant-scope.ts';
import type { AuditVerbDeps } from './deps.ts';
import type { AuditQuestion } from './find-entry.ts';
import { inTurn } from './in-turn.ts';

interface VerifyDeps extends AuditVerbDeps {
  headMemory: Pick<HeadMemory, 'find'>;
  verifyCheckpoint: VerifyCheckpoint;
  verifyEnd: VerifyExportEnd;
}

const milliseconds = 60_000;

async function* toLines(
  blocks: AsyncIterable<StoredBlock>,
  known: KnownHeadCheck | undefined,
): AsyncGenerator<unknown> {
  for await (const { events, checkpoint } of blocks) {
    known?.watch(events);
    yield* events;
    if (checkpoint !== undefined) yield { checkpoint };
  }
}

/**
 * Checks the chain as it is stored, in whole blocks around what is asked for; up to its end, also against how far it is
 * remembered to have come.
 * Throws `forbidden`, `tenant_mismatch`, `not_found`, `state_unavailable`, `concurrency_limited`, `overloaded` where it is too long for one call.
 */
export const createVerifyEvents =
  ({ store, headMemory, findEntry, audit, gate, verifyCheckpoint, verifyEnd }: VerifyDeps) =>
  async (actor: Actor, question: AuditQuestion, signal: AbortSignal): Promise<ChainVerdict> => {
    requirePermission(actor, 'audit:read');
    const entry = await findEntry(actor, 'audit.verify', question.tenantId, signal);
    const chain = toChain(actor, entry);
    // What tells that the beginning was dropped may lie behind `to`.
    const mayBeginLate = question.from !== undefined || question.to !== undefined;
    const checks = { chain, verifyCheckpoint, verifyEnd, needsEnd: false, mayBeginLate };

    async function verify(known: KnownHeadCheck | undefined, limited: AbortSignal): Promise<ChainVerdict> {
      const blocks = readBlocks(store, { ...question, chain }, limited);
      const found = await verifyChain(toLines(blocks, known), checks);
      const fault = found.firstBreak ? undefined : known?.findFault();
      return fault ? { ...found, firstBreak: { line: found.events + 1, ...fault } } : found;
    }

    return recordReading({ audit, actor, entry, signal }, async () => {
      // Asked for first: what is appended meanwhile is in the chain, not in what was remembered.
      const head = question.to === undefined ? await headMemory.find(chain, signal) : undefined;
      const known = head && createKnownHeadCheck(head, question.from);
      return inTurn({ gate, chain, milliseconds }, (limited) => verify(known, limited), signal);
    });
  };
