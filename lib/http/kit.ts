import type { Authenticate } from '#lib/auth/authenticate.ts';
import type { Clock } from '#lib/core/clock.ts';
import type { Logger } from '#lib/telemetry/logger.ts';
import type { Metrics } from '#lib/telemetry/metrics.ts';
import type { CheckMention } from '#lib/tenancy/tenant-mention.ts';

/** What every function's app needs to speak HTTP. */
export interface HttpKit {
  logger: Logger;
  metrics: Metrics;
  authenticate: Authenticate;
  checkMention: CheckMention;
  now: Clock;
  /** True from SIGTERM on. */
  isDraining: () => boolean;
  /** How many proxies in front are trusted to have written `X-Forwarded-For`. */
  trustedProxyHops: number;
  /** `.api.example.com`: the label before it names the tenant. */
  tenantHostSuffix: string | undefined;
}
