import { setTimeout as wait } from 'node:timers/promises';
import * as v from 'valibot';
import { ApiError } from '#lib/core/api-error.ts';
import { isWord } from '#lib/core/is-word.ts';
import { PlainError } from '#lib/core/plain-error.ts';
import type { TenantRef } from '#lib/tenancy/state-key.ts';
import { isStorageFull, searchUnavailable } from './errors.ts';
import type { Transport } from './transport.ts';

export interface BulkRow {
  id: string;
  source: object;
}

/** Bytes of one request at most, unless a single row is larger. */
const maxBytes = 4 * 1024 * 1024;
const maxRounds = 4;
/** Milliseconds for the engine, and, a little later, for us to stop waiting for it. */
const engineTimeout = 25_000;
const timeout = 30_000;

const Item = v.object({
  status: v.number(),
  error: v.optional(v.object({ type: v.string(), reason: v.optional(v.nullable(v.string())) })),
});
const BulkAnswer = v.object({ items: v.array(v.record(v.string(), Item)) });

interface Line {
  id: string;
  text: string;
}

const toLine = ({ id, source }: BulkRow): Line => ({
  id,
  text: `{"index":{"_id":${JSON.stringify(id)}}}\n${JSON.stringify(source)}\n`,
});

/** Portions of lines that fit into one request. */
function* toPortions(rows: Iterable<BulkRow>): Generator<Line[]> {
  let portion: Line[] = [];
  let size = 0;
  for (const row of rows) {
    const line = toLine(row);
    const bytes = Buffer.byteLength(line.text);
    if (portion.length > 0 && size + bytes > maxBytes) {
      yield portion;
      portion = [];
      size = 0;
    }
    portion.push(line);
    size += bytes;
  }
  if (portion.length > 0) yield portion;
}

function toItemError({ status, error }: v.InferOutput<typeof Item>): unknown {
  // The engine's reason may quote the row.
  const cause = new PlainError(`OpenSearch answers ${status}${isWord(error?.type) ? ` ${error.type}` : ''}`);
  if (isStorageFull(error?.type, status)) return new ApiError('storage_full', undefined, { cause });
  // The alias is gone with the tenant's incarnation.
  if (status === 404) return new ApiError('tenant_unknown', undefined, { cause });
  return status === 429 || status >= 500 ? searchUnavailable(cause) : cause;
}

/**
 * Writes rows by the alias, and makes them visible with the last of them. Of a portion in which some rows failed
 * for the moment only these are sent again, after a growing wait. Gives the rows that failed for good.
 * Throws as the transport does.
 */
export async function writeRows(
  transport: Transport,
  tenant: TenantRef,
  rows: Iterable<BulkRow>,
  alias: string,
  signal: AbortSignal,
): Promise<Map<string, unknown>> {
  const failures = new Map<string, unknown>();
  const path = `/${alias}/_bulk`;

  async function send(lines: readonly Line[], isLast: boolean): Promise<Line[]> {
    // By an alias alone: an index that was dropped meanwhile must not come back by being written to.
    const query = { refresh: String(isLast), require_alias: 'true', timeout: `${engineTimeout}ms` };
    const body = lines.map(({ text }) => text).join('');
    const answer = v.parse(
      BulkAnswer,
      await transport.send(tenant, { method: 'POST', path, query, body }, { timeout, tries: 3 }, signal),
    );
    return lines.filter(({ id }, position) => {
      const item = answer.items[position]?.['index'];
      if (item && !item.error) {
        failures.delete(id);
        return false;
      }
      failures.set(id, item ? toItemError(item) : searchUnavailable());
      return item === undefined || item.status === 429 || item.status >= 500;
    });
  }

  async function sendAll(portion: readonly Line[], isLast: boolean): Promise<void> {
    let left = await send(portion, isLast);
    for (let round = 1; left.length > 0 && round < maxRounds; round += 1) {
      await wait(100 * 2 ** round * (0.5 + Math.random()), undefined, { signal });
      left = await send(left, isLast);
    }
  }

  let portion: Line[] | undefined;
  for (const next of toPortions(rows)) {
    if (portion) await sendAll(portion, false);
    portion = next;
  }
  if (portion) await sendAll(portion, true);
  return failures;
}
