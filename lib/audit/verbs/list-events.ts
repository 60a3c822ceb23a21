import type { AuditEvent } from '#lib/audit/audit-event.ts';
import { eventsOf } from '#lib/audit/events-of.ts';
import { recordReading } from '#lib/audit/record-reading.ts';
import { readBlocks } from '#lib/audit/read-blocks.ts';
import { toChain } from '#lib/audit/to-pending-event.ts';
import { requirePermission } from '#lib/tenancy/role.ts';
import type { Actor } from '#lib/tenancy/tenant-scope.ts';
import { openPlace, sealPlace } from './chain-cursor.ts';
import type { AuditVerbDeps } from './deps.ts';
import type { AuditQuestion } from './find-entry.ts';
import { inTurn } from './in-turn.ts';

interface AuditListQuestion extends AuditQuestion {
  limit: number;
  cursor: string | undefined;
}

export interface AuditPage {
  events: AuditEvent[];
  nextCursor: string | undefined;
}

const milliseconds = 10_000;

/**
 * Events in their order. Throws `forbidden`, `tenant_mismatch`, `not_found`, `concurrency_limited`, `overloaded`,
 * `invalid_request` for a cursor of another list.
 */
export function createListEvents({ store, findEntry, audit, gate }: AuditVerbDeps) {
  async function readPage(chain: string, question: AuditListQuestion, after: number, signal: AbortSignal) {
    const found: AuditEvent[] = [];
    for await (const block of readBlocks(store, { ...question, chain, after }, signal)) {
      found.push(...eventsOf(block, question).filter(({ sequence }) => sequence > after));
      if (found.length > question.limit) break;
    }
    return found;
  }

  return async (actor: Actor, question: AuditListQuestion, signal: AbortSignal): Promise<AuditPage> => {
    requirePermission(actor, 'audit:read');
    const entry = await findEntry(actor, 'audit.list', question.tenantId, signal);
    const chain = toChain(actor, entry);
    const after = openPlace(actor, question, chain);
    const turn = { gate, chain, milliseconds };
    const found = await recordReading({ audit, actor, entry, signal }, () =>
      inTurn(turn, (limited) => readPage(chain, question, after, limited), signal),
    );
    const events = found.slice(0, question.limit);
    const last = found.length > events.length ? events.at(-1) : undefined;
    return { events, nextCursor: last && sealPlace(actor, question, chain, last.sequence) };
  };
}
