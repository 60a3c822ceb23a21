import type { AuditTrail } from '#lib/audit/audit-trail.ts';

export interface FakeAudit extends AuditTrail {
  /** `<action> <target>` of mutations that were carried out, and of accesses. */
  audited: string[];
}

/** Keeps in memory what it is told of, and lets every mutation be carried out. */
export function createFakeAudit(): FakeAudit {
  const audited: string[] = [];
  return {
    audited,
    async during(_actor, changes, act, signal) {
      const result = await act(signal);
      for (const { action, target, toOutcome } of [changes].flat()) {
        if ((toOutcome?.(result) ?? 'success') === 'success') audited.push(`${action} ${target}`);
      }
      return result;
    },
    recordAccess: (_actor, { action, target }) => void audited.push(`${action} ${target}`),
  };
}
