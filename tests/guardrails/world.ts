import * as v from 'valibot';
import type { AuditEntry } from '#lib/audit/audit-trail.ts';
import { createGuardrails } from '#lib/guardrails/create-guardrails.ts';
import { GuardrailPolicySchema } from '#lib/guardrails/policy.ts';
import { createScope } from '#tests/support/scope.ts';

export type PolicyInput = v.InferInput<typeof GuardrailPolicySchema>;

/** Guards of tenants with these policies, and what they tell of. */
export function createWorld() {
  const audited: (AuditEntry & { tenant: string | undefined })[] = [];
  const counted: string[] = [];
  const { guard } = createGuardrails({
    audit: { recordAccess: (actor, entry) => void audited.push({ ...entry, tenant: actor.account?.tenantId }) },
    metrics: { guardrail: (verdict) => void counted.push(verdict) },
  });
  const guardFor = (policy: PolicyInput | undefined, tenant = 'acme') =>
    guard(createScope(tenant, { guardrails: policy && v.parse(GuardrailPolicySchema, policy) }));
  return { audited, counted, guardFor };
}

export const blocked = (
  pattern: string,
  side: 'input' | 'output' | 'both' = 'both',
  name = 'project-x',
): PolicyInput => ({
  blocked_patterns: [{ name, pattern, applies_to: side }],
});
