import { createFairGate } from '#lib/core/fair-gate.ts';
import { createExportEvents } from '#lib/audit/verbs/export-events.ts';
import { createFindEntry } from '#lib/audit/verbs/find-entry.ts';
import { createListEvents } from '#lib/audit/verbs/list-events.ts';
import { createVerifyEvents } from '#lib/audit/verbs/verify-events.ts';
import type { Foundation } from '../foundation.ts';
import type { AuditDeps } from './app.ts';

/** How many chains are read at once, and how many more may wait for it. */
const pages = { limit: 16, queue: 100 };
const wholeChains = { limit: 8, queue: 20 };

export function createAuditDeps(foundation: Foundation): AuditDeps {
  const { http, audit, auditStore, headMemory, auth, tenants, checkMention } = foundation;
  const { verifyCheckpoint, verifyExportEnd, signExportEnd } = auth;
  const shared = { store: auditStore, findEntry: createFindEntry({ tenants, checkMention, audit }), audit };
  const whole = () => ({ ...shared, gate: createFairGate(wholeChains) });
  return {
    http,
    listEvents: createListEvents({ ...shared, gate: createFairGate(pages) }),
    exportEvents: createExportEvents({ ...whole(), signEnd: signExportEnd, now: Date.now }),
    verifyEvents: createVerifyEvents({ ...whole(), headMemory, verifyCheckpoint, verifyEnd: verifyExportEnd }),
  };
}
