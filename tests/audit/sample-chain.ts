import type { AuditEvent } from '#lib/audit/audit-event.ts';
import { appendToChain, chainStart, type ChainHead } from '#lib/audit/chain.ts';
import { createCheckpointSigner, createCheckpointVerifier } from '#lib/audit/checkpoint.ts';
import { createExportSigner, createExportVerifier } from '#lib/audit/export-end.ts';
import { toIsoTime } from '#lib/core/clock.ts';

const secrets = new Map([['default', new TextEncoder().encode('a-secret-of-the-tests-that-is-long-enough')]]);
const start = Date.parse('2026-05-01T00:00:00.000Z');
const unsigned = { secrets, privateKey: undefined };
const clock = { at: start };

export const sampleChain = 'acme.account-first';
export const signCheckpoint =
  createCheckpointSigner(unsigned, () => (clock.at += 1)) ?? (() => Promise.reject(new Error('There is a key')));
const signEnd = createExportSigner(unsigned);
const signatures = {
  verifyCheckpoint: createCheckpointVerifier({ secrets, publicKeys: undefined }),
  verifyEnd: createExportVerifier({ secrets, publicKeys: undefined }),
};
export const ofExport = { ...signatures, needsEnd: true, mayBeginLate: false };
export const ofStore = { ...signatures, needsEnd: false, mayBeginLate: false };

export type Line = AuditEvent | { checkpoint: object } | { end: object };

export const toSampleEvent = (head: ChainHead, changes: Partial<AuditEvent> = {}): AuditEvent =>
  appendToChain(head, {
    timestamp: toIsoTime(start + head.sequence * 1_000),
    tenant_id: 'acme',
    user_id: 'ann',
    action: 'document.read',
    target: `document-${head.sequence}`,
    outcome: 'success',
    ip: '192.0.2.1',
    request_id: `request-${head.sequence}`,
    ...changes,
  });

/** A chain of so many events with a checkpoint behind every so many. */
export async function createSampleLines(count: number, spacing: number, head: ChainHead = chainStart): Promise<Line[]> {
  const lines: Line[] = [];
  let last = head;
  for (let index = 1; index <= count; index += 1) {
    const event = toSampleEvent(last);
    lines.push(event);
    last = event;
    if (index % spacing === 0) lines.push({ checkpoint: await signCheckpoint(sampleChain, last) });
  }
  return lines;
}

export const isEvent = (line: Line | undefined): line is AuditEvent => line !== undefined && 'hash' in line;

/** The lines with the end that an export of them has. */
export async function endSample(lines: readonly Line[], first?: number): Promise<Line[]> {
  const { sequence, hash } = lines.findLast(isEvent) ?? chainStart;
  const begin = first === undefined ? {} : { first };
  const end = await signEnd({ chain: sampleChain, ...begin, sequence, hash, timestamp: toIsoTime(start) });
  return [...lines, { end }];
}
