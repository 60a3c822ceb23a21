import type { ApiKeyRecord } from '#lib/auth/api-key.ts';
import type { TenantRecord } from './tenant.ts';

/** Tenants and keys as clients see them: without incarnation, hash and signing key. */

export const toTenantBody = ({
  id,
  name,
  status,
  limits,
  budget,
  models,
  retrieval,
  cache,
  guardrails,
  telemetry,
  created_at,
  updated_at,
}: TenantRecord) => ({
  id,
  name,
  status,
  limits,
  budget,
  models,
  retrieval,
  cache,
  guardrails,
  telemetry,
  created_at,
  updated_at,
});

export const toApiKeyBody = ({ id, name, role, groups, budget, created_at, expires_at }: ApiKeyRecord) => ({
  id,
  name,
  role,
  groups,
  budget,
  created_at,
  expires_at,
});
