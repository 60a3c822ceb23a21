import { LRUCache } from 'lru-cache';
import type { AuditTrail } from '#lib/audit/audit-trail.ts';
import type { Metrics } from '#lib/telemetry/metrics.ts';
import type { TenantScope } from '#lib/tenancy/tenant-scope.ts';
import { createGuard } from './create-guard.ts';
import type { Guard } from './guard.ts';
import { compilePatterns, noPatterns, type CompiledPatterns, type NamedProgram } from './patterns/compile-patterns.ts';
import type { GuardrailPolicy } from './policy.ts';

interface GuardrailDeps {
  audit: Pick<AuditTrail, 'recordAccess'>;
  metrics: Pick<Metrics, 'guardrail'>;
}

export interface Guardrails {
  /** The guard for one request of this scope. */
  guard(scope: TenantScope): Promise<Guard>;
}

/** Of all policies in use, in steps of their machines; some 50 MB. */
const maxInstructions = 300_000;
/** So that policies which are small are not kept without end. */
const policyOverhead = 100;

const sizeOf = (patterns: NamedProgram | undefined): number => patterns?.program.instructions.length ?? 0;

export function createGuardrails({ audit, metrics }: GuardrailDeps): Guardrails {
  const compiled = new LRUCache<GuardrailPolicy, CompiledPatterns>({
    maxSize: maxInstructions,
    sizeCalculation: ({ input, output }) => sizeOf(input) + sizeOf(output) + policyOverhead,
  });

  /** By the policy itself: the registry gives out the same one until the tenant changes. */
  async function patternsOf(policy: GuardrailPolicy | undefined): Promise<CompiledPatterns> {
    if (!policy?.blocked_patterns?.length) return noPatterns;
    const known = compiled.get(policy);
    if (known) return known;
    const patterns = await compilePatterns(policy.blocked_patterns);
    compiled.set(policy, patterns);
    return patterns;
  }

  return {
    async guard(scope) {
      const recorded = new Set<string>();
      const policy = scope.guardrails;
      return createGuard({
        policy,
        patterns: await patternsOf(policy),
        record(verdict, rule) {
          const action = `guardrail.${verdict}`;
          if (recorded.has(`${action} ${rule}`)) return;
          recorded.add(`${action} ${rule}`);
          metrics.guardrail(verdict);
          audit.recordAccess(scope, { action, target: rule });
        },
      });
    },
  };
}
