import type { Admit, CheckRate } from '#lib/admission/admission.ts';
import type { AuditTrail } from '#lib/audit/audit-trail.ts';
import type { Authenticate } from '#lib/auth/authenticate.ts';
import type { Clock } from '#lib/core/clock.ts';
import type { Idempotency } from '#lib/idempotency/idempotency.ts';
import type { Logger } from '#lib/telemetry/logger.ts';
import type { Metrics } from '#lib/telemetry/metrics.ts';
import type { CheckMention } from '#lib/tenancy/tenant-mention.ts';
import type { IsTrustedProxy } from './trusted-proxies.ts';

/** What an app needs to speak HTTP with anyone. */
export interface PublicHttpKit {
  logger: Logger;
  metrics: Metrics;
  now: Clock;
  /** True from SIGTERM on. */
  isDraining: () => boolean;
  /** True for the address of a proxy that is trusted to have written `X-Forwarded-For`. */
  isTrustedProxy: IsTrustedProxy;
  /** Clients come here first: nobody who calls may have a trace kept. */
  isPublicEntry?: boolean;
}

/** What a function's app needs to speak HTTP with those it knows. */
export interface HttpKit extends PublicHttpKit {
  authenticate: Authenticate;
  checkMention: CheckMention;
  admit: Admit;
  checkRate: CheckRate;
  idempotency: Idempotency;
  audit: Pick<AuditTrail, 'recordAccess'>;
  /** `.api.example.com`: the label before it names the tenant. */
  tenantHostSuffix: string | undefined;
}
