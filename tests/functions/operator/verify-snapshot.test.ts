import { expect, test } from 'vitest';
import { verifySnapshot } from '#functions/operator/verify-snapshot.ts';
import { createRestoreIndex } from '#lib/retrieval/opensearch/restore-index.ts';
import type { SnapshotInfo } from '#lib/retrieval/opensearch/snapshots.ts';
import { ApiError } from '#lib/core/api-error.ts';
import { calm } from '#tests/support/scope.ts';

const toSnapshot = (name: string, changes: Partial<SnapshotInfo> = {}): SnapshotInfo => ({
  name,
  state: 'SUCCESS',
  indices: ['genai_a.v1', 'genai_b.v1', 'genai_b.v2', 'genai_c.v1', 'genai_verify_x_1'],
  startedAt: 1_000,
  durationMilliseconds: 1,
  failures: [],
  ...changes,
});

interface World {
  snapshots?: SnapshotInfo[];
  failing?: Record<string, 'thrown' | 'told'>;
  now?: number;
}

function createWorld({ snapshots = [toSnapshot('one')], failing = {}, now = 2_000 }: World = {}) {
  const lines: string[] = [];
  const verified: string[] = [];
  const deps = {
    snapshots: {
      list: async () => snapshots,
      find: async (_repository: string, name: string) =>
        snapshots.find((snapshot) => snapshot.name === name) ?? expect.fail(name),
    },
    removeLeftOvers: async () => [],
    verifyTenant: async ({ snapshot, tenantId }: { snapshot: SnapshotInfo; tenantId: string }) => {
      verified.push(`${snapshot.name}/${tenantId}`);
      if (failing[tenantId] === 'thrown') throw new ApiError('search_unavailable');
      if (failing[tenantId] === 'told') return { isWhole: false, reason: 'no ledger' } as const;
      return { isWhole: true, source: `genai_${tenantId}.v1`, rows: 5, live: 'unchanged' } as const;
    },
    now: () => now,
    randomBelow: () => 0,
    write: (line: string) => void lines.push(line),
  };
  const verify = (request: { snapshot?: string; maxAge?: number; sample?: number } = {}) =>
    verifySnapshot(
      deps,
      { repository: 'r', snapshot: undefined, maxAge: undefined, sample: undefined, ...request },
      calm,
    );
  return { verify, lines, verified };
}

test('of several snapshots the newest complete one is verified, each of its tenants once', async () => {
  const snapshots = [toSnapshot('old'), toSnapshot('new'), toSnapshot('partial', { state: 'PARTIAL' })];
  const { verify, verified, lines } = createWorld({ snapshots });
  expect(await verify()).toBe(true);
  expect(verified).toEqual(['new/a', 'new/b', 'new/c']);
  expect(lines.at(-1)).toBe('new  3 of 3 tenants verified, 0 failed');
  expect(await verify({ snapshot: 'old', sample: 2 })).toBe(true);
  expect(verified.slice(3)).toEqual(['old/a', 'old/b']);
  expect(lines.at(-1)).toBe('old  2 of 3 tenants verified, 0 failed');
});

test('a tenant that fails, or can’t be asked for, does not cost the others', async () => {
  const { verify, lines } = createWorld({ failing: { a: 'thrown', b: 'told' } });
  expect(await verify()).toBe(false);
  expect(lines[0]).toMatch(/^a {2}failed: /);
  expect(lines[1]).toBe('b  failed: no ledger');
  expect(lines[2]).toMatch(/^c {2}verified /);
  expect(lines.at(-1)).toBe('one  1 of 3 tenants verified, 2 failed');
});

test('one that is too old, none, or one of no tenant fails', async () => {
  const old = createWorld({ now: 1_000 + 60_001 });
  expect(await old.verify({ maxAge: 60_001 })).toBe(true);
  expect(await old.verify({ maxAge: 60_000 })).toBe(false);
  const none = createWorld({ snapshots: [toSnapshot('partial', { state: 'PARTIAL' })] });
  expect(await none.verify()).toBe(false);
  expect(none.lines).toEqual(['failed: the repository r holds no complete snapshot']);
  const empty = createWorld({ snapshots: [toSnapshot('empty', { indices: [] })] });
  expect(await empty.verify()).toBe(false);
});

test('files that are damaged end a restoring with the engine’s own words; it is not over while a shard is missing', async () => {
  const answers = [{ active: 0, initializing: 1 }];
  let asked = 0;
  const index = { repository: 'r', snapshot: 's', source: 'genai_a.v1', target: 'genai_verify_a_1' };
  const restore = createRestoreIndex({
    transport: {
      close: async () => undefined,
      async send(_identity, { method, path }) {
        if (method === 'POST') return { accepted: true };
        if (path.startsWith('/_cat/shards/'))
          return [{ 'unassigned.reason': 'ALLOCATION_FAILED', 'unassigned.details': 'CorruptIndexException' }];
        const { active, initializing } = answers[asked++] ?? { active: 0, initializing: 0 };
        // As the engine answers for a primary that is still to be fetched.
        return {
          status: 'yellow',
          initializing_shards: initializing,
          indices: { genai_verify_a_1: { number_of_shards: 1, active_primary_shards: active } },
        };
      },
    },
  });
  await expect(restore(index, calm)).rejects.toThrow("genai_a.v1 can't be fetched: CorruptIndexException");
  answers.push({ active: 1, initializing: 0 });
  asked = 0;
  await restore(index, calm);
  expect(asked).toBe(2);
});
