import type { TenantVerbDeps } from '#lib/tenancy/verbs/deps.ts';
import type { Clock } from '#lib/core/clock.ts';
import type { ApiKeyStore } from '../api-key-store.ts';

export interface ApiKeyVerbDeps extends TenantVerbDeps {
  apiKeys: ApiKeyStore;
  now: Clock;
  randomBytes: (size: number) => Uint8Array;
}

export const toRandomText = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64url');
