import * as v from 'valibot';
import { chainStart, type ChainHead } from '#lib/audit/chain.ts';
import type { SignExportEnd } from '#lib/audit/export-end.ts';
import { recordStream } from '#lib/audit/record-reading.ts';
import { readBlocks } from '#lib/audit/read-blocks.ts';
import { isInRange, type TimeRange } from '#lib/audit/time-range.ts';
import { toChain } from '#lib/audit/to-pending-event.ts';
import { toIsoTime, type Clock } from '#lib/core/clock.ts';
import { requirePermission } from '#lib/tenancy/role.ts';
import type { Actor } from '#lib/tenancy/tenant-scope.ts';
import type { AuditVerbDeps } from './deps.ts';
import type { AuditQuestion } from './find-entry.ts';

interface ExportDeps extends AuditVerbDeps {
  signEnd: SignExportEnd;
  now: Clock;
}

const Placed = v.looseObject({ sequence: v.number(), hash: v.string(), timestamp: v.string() });

/** What was made something else in the store is shown as it is: whoever verifies the export finds it. */
const isShown =
  (range: TimeRange) =>
  (event: unknown): boolean =>
    !v.is(Placed, event) || isInRange(event.timestamp, range);

/**
 * The lines of an export, a block's at once: events, the checkpoints behind theirs, and the signed end.
 * Throws `forbidden`, `tenant_mismatch`, `not_found`, `concurrency_limited`, `overloaded`.
 */
export function createExportEvents({ store, findEntry, audit, gate, signEnd, now }: ExportDeps) {
  async function* readLines(
    chain: string,
    question: AuditQuestion,
    signal: AbortSignal,
  ): AsyncGenerator<readonly unknown[]> {
    let first: number | undefined;
    let head: ChainHead = chainStart;
    for await (const { events, checkpoint } of readBlocks(store, { ...question, chain }, signal)) {
      const shown = events.filter(isShown(question));
      for (const { sequence, hash } of shown.filter((event) => v.is(Placed, event))) {
        first ??= sequence;
        head = { sequence, hash };
      }
      const isWhole = checkpoint !== undefined && shown.length > 0 && shown.at(-1) === events.at(-1);
      yield isWhole ? [...shown, { checkpoint }] : shown;
    }
    const isPart = question.from !== undefined || question.to !== undefined;
    const begin = isPart ? { first: first ?? 0 } : {};
    yield [{ end: await signEnd({ chain, ...begin, ...head, timestamp: toIsoTime(now()) }) }];
  }

  return async function* exportEvents(
    actor: Actor,
    question: AuditQuestion,
    signal: AbortSignal,
  ): AsyncGenerator<readonly unknown[]> {
    requirePermission(actor, 'audit:read');
    const entry = await findEntry(actor, 'audit.export', question.tenantId, signal);
    const chain = toChain(actor, entry);
    const leave = await gate.enter(chain, 1, signal);
    try {
      yield* recordStream({ audit, actor, entry, signal }, readLines(chain, question, signal));
    } finally {
      leave();
    }
  };
}
