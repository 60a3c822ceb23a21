import { expect, test } from 'vitest';
import { createOperatorActor } from '#functions/operator/operator-actor.ts';
import { restoreSnapshot } from '#functions/operator/restore-snapshot.ts';
import { ApiError } from '#lib/core/api-error.ts';
import { parseTenantId } from '#lib/tenancy/tenant-id.ts';
import { createTrailWorld } from '#tests/audit/trail-world.ts';
import { calm } from '#tests/support/scope.ts';

const snapshot = {
  name: 'genai-20270501t030000z',
  state: 'SUCCESS',
  indices: ['genai_acme.v1'],
  startedAt: 1_000,
  durationMilliseconds: 1,
  failures: [],
};

/** A restore of a tenant that the registry does not know, on an engine that refuses everything. */
function createWorld() {
  const world = createTrailWorld();
  const lines: string[] = [];
  const sent: string[] = [];
  const deps = {
    transport: {
      async send(_identity: unknown, { path }: { path: string }): Promise<never> {
        sent.push(path);
        throw new ApiError('search_unavailable');
      },
      close: async () => undefined,
    },
    tenants: { find: async () => undefined },
    writes: { during: () => expect.fail('There is no tenant whose answers could be kept') },
    audit: world.trail,
    actor: createOperatorActor('snapshot'),
    env: { OPENSEARCH_KNN_ENGINE: 'lucene', OPENSEARCH_REPLICAS: 0 } as const,
    write: (line: string) => void lines.push(line),
  };
  const restore = (force: boolean) =>
    restoreSnapshot(deps, { repository: 'r', snapshot, tenant: parseTenantId('acme'), force }, calm);
  const audited = () =>
    world.logged
      .filter(({ event }) => event === 'audit')
      .map(({ tenant_id, user_id, action, target, outcome }) => [tenant_id, user_id, action, target, outcome]);
  return { ...world, restore, lines, sent, audited };
}

const event = ['_platform', 'operator:snapshot', 'tenant.restore', 'acme/genai-20270501t030000z'];

test('a restore that is refused, or that fails, is in the trail as what it was', async () => {
  const { restore, lines, audited } = createWorld();
  expect(await restore(false)).toBe(false);
  expect(lines[0]).toMatch(/^acme {2}refused: the tenant is not registered/);
  expect(audited()).toEqual([
    [...event, 'begun'],
    [...event, 'conflict'],
  ]);
  expect(await restore(true)).toBe(false);
  expect(audited().slice(2)).toEqual([
    [...event, 'begun'],
    [...event, 'search_unavailable'],
  ]);
});

test('nothing is restored while its intent can’t be written', async () => {
  const { restore, lines, sent, state } = createWorld();
  state.mode = 'down';
  expect(await restore(true)).toBe(false);
  expect(lines[0]).toMatch(/^acme {2}failed: /);
  expect(sent).toEqual([]);
});
