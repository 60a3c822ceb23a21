import type { StoredBlock } from '#lib/audit/audit-store.ts';
import type { VerifyCheckpoint } from '#lib/audit/checkpoint.ts';
import type { VerifyExportEnd } from '#lib/audit/export-end.ts';
import { readBlocks } from '#lib/audit/read-blocks.ts';
import { toChain } from '#lib/audit/to-pending-event.ts';
import { verifyChain, type ChainVerdict } from '#lib/audit/verify-chain.ts';
import { requirePermission } from '#lib/tenancy/role.ts';
import type { Actor } from '#lib/tenancy/tenant-scope.ts';
import type { AuditVerbDeps } from './deps.ts';
import type { AuditQuestion } from './find-entry.ts';
import { inTurn } from './in-turn.ts';

interface VerifyDeps extends AuditVerbDeps {
  verifyCheckpoint: VerifyCheckpoint;
  verifyEnd: VerifyExportEnd;
}

const milliseconds = 60_000;

async function* toLines(blocks: AsyncIterable<StoredBlock>): AsyncGenerator<unknown> {
  for await (const { events, checkpoint } of blocks) {
    yield* events;
    if (checkpoint !== undefined) yield { checkpoint };
  }
}

/**
 * Checks the chain as it is stored, in whole blocks around what is asked for.
 * Throws `forbidden`, `tenant_mismatch`, `not_found`, `concurrency_limited`, `overloaded` where it is too long for one call.
 */
export const createVerifyEvents =
  ({ store, findEntry, audit, gate, verifyCheckpoint, verifyEnd }: VerifyDeps) =>
  async (actor: Actor, question: AuditQuestion, signal: AbortSignal): Promise<ChainVerdict> => {
    requirePermission(actor, 'audit:read');
    const entry = await findEntry(actor, 'audit.verify', question.tenantId, signal);
    const chain = toChain(actor, entry);
    const mayBeginLate = question.from !== undefined;
    const checks = { verifyCheckpoint, verifyEnd, needsEnd: false, mayBeginLate };
    const verdict = await inTurn(
      { gate, chain, milliseconds },
      (limited) => verifyChain(toLines(readBlocks(store, { ...question, chain }, limited)), checks),
      signal,
    );
    audit.recordAccess(actor, entry);
    return verdict;
  };
