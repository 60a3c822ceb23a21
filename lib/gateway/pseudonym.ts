import { createHmac } from 'node:crypto';
import type { TenantScope } from '#lib/tenancy/tenant-scope.ts';

const length = 32;

/** A name that its provider can tell users of one tenant apart by, and learns nothing else from. */
export const toPseudonym = ({ signingKey }: Pick<TenantScope, 'signingKey'>, name: string): string =>
  createHmac('sha256', signingKey).update(`provider-user\n${name}`).digest('hex').slice(0, length);
