import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import * as v from 'valibot';
import { admissionKeys } from '#lib/admission/redis/admission-keys.ts';
import { tenantPrefix, type TenantRef } from '#lib/tenancy/state-key.ts';
import { dayOf, type LedgerEntry } from '#lib/usage/ledger-entry.ts';
import type { RedisServer } from '#tests/support/redis-server.ts';
import { calm } from '#tests/support/scope.ts';
import { openState } from '../state/open-store.ts';

export interface Standing {
  spent: number;
  reserved: number;
}

/** What a store says of an account, read past the platform. */
export interface Books {
  /** By their owners. */
  budgets(): Promise<Record<string, Standing>>;
  leases(): Promise<number>;
  entries(): Promise<LedgerEntry[]>;
}

const Fields = v.array(v.string());
const Row = v.object({ owner: v.string(), spent: v.number(), reserved: v.number() });
const Live = v.object({ live: v.number() });

/** Yesterday and today: a test may run over midnight. */
const daysNow = (): string[] =>
  [Date.now() - 86_400_000, Date.now()].map((at) => dayOf({ at: new Date(at).toISOString() }));

async function readEntries(variables: Record<string, string>, account: TenantRef): Promise<LedgerEntry[]> {
  const { usage, close } = await openState(variables);
  const found: LedgerEntry[] = [];
  for (const day of daysNow()) found.push(...(await Array.fromAsync(usage.entries(account, day, calm))));
  await close();
  return found;
}

export function openRedisBooks(redis: RedisServer, account: TenantRef): Books {
  const keys = admissionKeys(account);
  return {
    async budgets() {
      const fields = v.parse(Fields, await redis.command('HGETALL', keys.budgets));
      const found: Record<string, Standing> = {};
      for (let index = 0; index < fields.length; index += 2) {
        const [owner = '', name = ''] = fields[index]?.split(' ') ?? [];
        const standing = (found[owner] ??= { spent: 0, reserved: 0 });
        if (name === 'spent' || name === 'reserved') standing[name] = Number(fields[index + 1]);
      }
      return found;
    },
    leases: async () => Number(await redis.command('HLEN', keys.leases)),
    entries: () =>
      readEntries({ STATE_STORE: 'redis', REDIS_URL: redis.url, STATE_TIMEOUT_MILLISECONDS: '5000' }, account),
  };
}

export function openSqliteBooks(directory: string, account: TenantRef): Books {
  const prefix = tenantPrefix(account);
  const read = (sql: string): unknown[] => {
    const database = new DatabaseSync(join(directory, 'state.db'), { readOnly: true, timeout: 5_000 });
    const rows = database.prepare(sql).all(prefix);
    database.close();
    return rows;
  };
  return {
    async budgets() {
      const rows = v.parse(v.array(Row), read('SELECT * FROM budget WHERE account = ?'));
      return Object.fromEntries(rows.map(({ owner, spent, reserved }) => [owner, { spent, reserved }]));
    },
    async leases() {
      const [row] = read('SELECT count(*) AS live FROM lease WHERE account = ? AND is_lost = 0');
      return v.parse(Live, row).live;
    },
    entries: () => readEntries({ DATA_DIR: directory }, account),
  };
}
