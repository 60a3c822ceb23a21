import { LRUCache } from 'lru-cache';
import type { Clock } from '#lib/core/clock.ts';
import type { Logger } from '#lib/telemetry/logger.ts';
import type { Metrics } from '#lib/telemetry/metrics.ts';
import type { TenantId } from '#lib/tenancy/tenant-id.ts';
import type { ApiKeyRecord } from './api-key.ts';

/** Told of each use of an API key. */
export type NoteKeyUse = (tenantId: TenantId, key: Pick<ApiKeyRecord, 'id' | 'expires_at'>) => void;

interface ExpiringKeysDeps {
  logger: Pick<Logger, 'warn'>;
  metrics: Pick<Metrics, 'expiringKey'>;
  now: Clock;
}

const day = 86_400_000;
/** Long enough to give out another key, and to take it into use. */
const notice = 7 * day;
const maxKeys = 1_000;

/** Counts the uses of keys that end soon, and names each of them in the log once a day. */
export function createExpiringKeys({ logger, metrics, now }: ExpiringKeysDeps): NoteKeyUse {
  const told = new LRUCache<string, true>({ max: maxKeys, ttl: day });
  return (tenantId, { id, expires_at: expiresAt }) => {
    if (expiresAt === undefined || Date.parse(expiresAt) - now() > notice) return;
    metrics.expiringKey();
    const key = `${tenantId}.${id}`;
    if (told.has(key)) return;
    told.set(key, true);
    logger.warn({ event: 'api_key_expiring', tenant_id: tenantId, key_id: id, expires_at: expiresAt });
  };
}
