import { createHmac, timingSafeEqual } from 'node:crypto';
import { invalidRequest } from '#lib/core/api-error.ts';
import type { TenantScope } from './tenant-scope.ts';

const sign = (scope: TenantScope, purpose: string, position: string): Buffer =>
  createHmac('sha256', scope.signingKey).update(`cursor\0${purpose}\0${position}`).digest().subarray(0, 16);

/**
 * A place in a list, for the client to come back to. `purpose` names the list, with everything that
 * decides what it holds: a cursor of another list, another tenant or an earlier tenant of this name
 * does not open it.
 */
export const sealCursor = (scope: TenantScope, purpose: string, position: string): string =>
  `${Buffer.from(position).toString('base64url')}.${sign(scope, purpose, position).toString('base64url')}`;

/** The place that `sealCursor` was given. Throws `invalid_request`. */
export function openCursor(scope: TenantScope, purpose: string, cursor: string): string {
  const dot = cursor.indexOf('.');
  const position = Buffer.from(cursor.slice(0, dot), 'base64url').toString();
  const given = Buffer.from(cursor.slice(dot + 1), 'base64url');
  const expected = sign(scope, purpose, position);
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) {
    throw invalidRequest('cursor', 'is not a cursor of this list');
  }
  return position;
}
