import * as v from 'valibot';
import { AuditEventSchema, type AuditEvent } from './audit-event.ts';
import { CheckpointSchema, type Checkpoint, type VerifyCheckpoint } from './checkpoint.ts';
import { ExportEndSchema, type ExportEnd, type VerifyExportEnd } from './export-end.ts';
import { prunedTo } from './prune-target.ts';
import { findEventFault, findHeadFault, isWithin } from './verify-event.ts';

export interface ChainChecks {
  /** Whose chain it must be, where that is known. */
  chain?: string;
  verifyCheckpoint: VerifyCheckpoint;
  verifyEnd: VerifyExportEnd;
  /** An export has an end, a store has none. */
  needsEnd: boolean;
  /** What was read from some time on begins where it begins. */
  mayBeginLate: boolean;
}

export interface ChainFault {
  /** The event that is not right, or that is missing there. */
  sequence: number;
  reason: string;
}

/** Of what held. */
export interface ChainCounts {
  events: number;
  /** Whose signature is the platform's. */
  checkpoints: number;
  /** Of keys that are no longer held: they prove nothing, and the next that is known covers what they did. */
  unknownCheckpoints: number;
  /** The last event that a signature covers; 0 where none does. */
  anchored: number;
}

const CheckpointLine = v.strictObject({ checkpoint: CheckpointSchema });
const EndLine = v.strictObject({ end: ExportEndSchema });

const has = (line: unknown, name: string): boolean => typeof line === 'object' && line !== null && name in line;

const toFormFault = ([issue]: [v.BaseIssue<unknown>, ...v.BaseIssue<unknown>[]]): string =>
  `it has not the form of a line of the trail at ${v.getDotPath(issue) ?? 'its top'}`;

const fault = (sequence: number, reason: string): ChainFault => ({ sequence, reason });

/** Takes a chain line by line, each as it was written, and holds one event at a time. Not to be used behind a fault. */
export function createChainCheck({ chain: given, verifyCheckpoint, verifyEnd, needsEnd, mayBeginLate }: ChainChecks) {
  const counts: ChainCounts = { events: 0, checkpoints: 0, unknownCheckpoints: 0, anchored: 0 };
  let first: AuditEvent | undefined;
  let last: AuditEvent | undefined;
  let chain = given;
  let checkpoint: Checkpoint | undefined;
  let end: ExportEnd | undefined;
  let dropped = 0;

  const reached = (): number => last?.sequence ?? 0;

  function takeEvent(line: unknown): ChainFault | undefined {
    const parsed = v.safeParse(AuditEventSchema, line);
    if (!parsed.success) return fault(reached() + 1, toFormFault(parsed.issues));
    const event = parsed.output;
    const reason = findEventFault(event, last);
    if (reason !== undefined) return fault(last ? reached() + 1 : event.sequence, reason);
    if (given !== undefined && !isWithin(given, event.tenant_id))
      return fault(event.sequence, "it is another tenant's");
    first ??= event;
    last = event;
    dropped = Math.max(dropped, prunedTo(event));
    counts.events += 1;
    return undefined;
  }

  function takeHead(head: Checkpoint | ExportEnd): ChainFault | undefined {
    chain ??= head.chain;
    const reason = head.chain === chain ? findHeadFault(head, last) : 'it is signed for another chain';
    if (reason === undefined) return undefined;
    return fault(head.sequence > reached() ? reached() + 1 : reached(), reason);
  }

  async function takeCheckpoint(line: unknown): Promise<ChainFault | undefined> {
    const parsed = v.safeParse(CheckpointLine, line);
    if (!parsed.success) return fault(reached(), toFormFault(parsed.issues));
    const found = parsed.output.checkpoint;
    const misplaced = takeHead(found);
    if (misplaced) return misplaced;
    if (checkpoint?.sequence === found.sequence) return fault(reached(), 'it is the second checkpoint of its event');
    checkpoint = found;
    const wrong = await verifyCheckpoint(found);
    if (wrong && !wrong.isKeyUnknown) return fault(reached(), `of the checkpoint, ${wrong.reason}`);
    counts[wrong ? 'unknownCheckpoints' : 'checkpoints'] += 1;
    if (!wrong) counts.anchored = found.sequence;
    return undefined;
  }

  async function takeEnd(line: unknown): Promise<ChainFault | undefined> {
    const parsed = v.safeParse(EndLine, line);
    if (!parsed.success) return fault(reached(), toFormFault(parsed.issues));
    end = parsed.output.end;
    const misplaced = takeHead(end);
    if (misplaced) return misplaced;
    const wrong = await verifyEnd(end);
    if (wrong) return fault(reached(), `of the end, ${wrong.reason}`);
    if (end.signature !== undefined) counts.anchored = end.sequence;
    return undefined;
  }

  return {
    counts,
    async take(line: unknown): Promise<ChainFault | undefined> {
      if (end) return fault(reached() + 1, 'it stands behind the end');
      if (line === undefined) return fault(reached() + 1, 'it is no JSON, or too long for a line of the trail');
      if (has(line, 'error')) return fault(reached() + 1, 'the export was broken off here by an error');
      if (has(line, 'checkpoint')) return takeCheckpoint(line);
      return has(line, 'end') ? takeEnd(line) : takeEvent(line);
    },
    /** Why it can't begin where it began; `undefined` where it can. */
    findBeginFault(): ChainFault | undefined {
      const begun = first?.sequence ?? 0;
      if (end?.first !== undefined) {
        return begun === end.first ? undefined : fault(end.first, `it begins at ${begun}, not at ${end.first}`);
      }
      if (mayBeginLate || begun <= dropped + 1) return undefined;
      return fault(dropped + 1, `the events before ${begun} are missing, and no event tells that they were dropped`);
    },
    findEndFault(): ChainFault | undefined {
      return needsEnd && !end ? fault(reached() + 1, 'the end is missing: the rest was cut off') : undefined;
    },
  };
}
