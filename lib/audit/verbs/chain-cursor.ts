import { invalidRequest } from '#lib/core/api-error.ts';
import { openCursor, sealCursor } from '#lib/tenancy/cursor.ts';
import type { Actor } from '#lib/tenancy/tenant-scope.ts';
import type { TimeRange } from '#lib/audit/time-range.ts';

const toPurpose = (chain: string, { from = '', to = '' }: TimeRange): string => `audit\0${chain}\0${from}\0${to}`;

/** A place in a list of events. The platform may read every chain: there is nothing to keep its cursors from. */
export const sealPlace = (actor: Actor, range: TimeRange, chain: string, sequence: number): string =>
  actor.role === 'platform_admin'
    ? Buffer.from(`${sequence}`).toString('base64url')
    : sealCursor(actor, toPurpose(chain, range), `${sequence}`);

/** The sequence that `sealPlace` was given, 0 where there is no cursor. Throws `invalid_request`. */
export function openPlace(
  actor: Actor,
  { cursor, ...range }: TimeRange & { cursor: string | undefined },
  chain: string,
): number {
  if (cursor === undefined) return 0;
  const position =
    actor.role === 'platform_admin'
      ? Buffer.from(cursor, 'base64url').toString()
      : openCursor(actor, toPurpose(chain, range), cursor);
  if (!/^\d{1,15}$/.test(position)) throw invalidRequest('cursor', 'is not a cursor of this list');
  return Number(position);
}
