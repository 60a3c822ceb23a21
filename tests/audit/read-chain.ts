import { createHash } from 'node:crypto';
import * as v from 'valibot';
import { expect } from 'vitest';
import { AuditEventSchema, type AuditEvent } from '#lib/audit/audit-event.ts';
import type { AuditStore } from '#lib/audit/audit-store.ts';
import { calm } from '#tests/support/scope.ts';

/** SHA-256 over the event's JSON with its fields in the order of their names. */
function hashOf({ hash: _hash, ...event }: AuditEvent): string {
  const fields = Object.entries(event).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256')
    .update(JSON.stringify(Object.fromEntries(fields)))
    .digest('hex');
}

/** All events of a chain, once it is clear that none is missing, changed or out of its place. */
export async function readChain(store: Pick<AuditStore, 'read'>, chain: string): Promise<AuditEvent[]> {
  const events: AuditEvent[] = [];
  for (let after = 0; ;) {
    const blocks = await store.read(chain, { after, limit: 100 }, calm);
    for (const block of blocks) events.push(...v.parse(v.array(AuditEventSchema), block.events));
    if (blocks.length === 0) break;
    after = blocks.at(-1)?.last ?? after;
  }
  let previous = { hash: '0'.repeat(64), timestamp: '' };
  for (const [index, event] of events.entries()) {
    expect(event.sequence).toBe(index + 1);
    expect(event.previous_hash).toBe(previous.hash);
    expect(event.hash).toBe(hashOf(event));
    expect(event.timestamp >= previous.timestamp).toBe(true);
    previous = event;
  }
  return events;
}
