import { randomUUID } from 'node:crypto';
import type { PlatformActor } from '#lib/tenancy/tenant-scope.ts';

/** As whom a tool acts; no request began it, and no address is known. */
export const createOperatorActor = (tool: string): PlatformActor => ({
  role: 'platform_admin',
  tenantId: undefined,
  userId: `operator:${tool}`,
  origin: { requestId: randomUUID(), ip: undefined, traceId: undefined },
});
