import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, test, vi } from 'vitest';
import { ApiError } from '#lib/core/api-error.ts';
import { calm, createScope } from '#tests/support/scope.ts';
import type { PlatformActor } from '#lib/tenancy/tenant-scope.ts';
import { createTrailWorld, scope } from './trail-world.ts';

const change = { action: 'document.update', target: 'a' };
const access = { action: 'document.read', target: 'a' };
const patient = { timeout: 15_000 };

test('a mutation is begun when its intent is durable, and done when its outcome is', async () => {
  const { trail, told, events } = createTrailWorld();
  const result = await trail.during(
    scope,
    change,
    async () => {
      expect(await told()).toEqual(['document.update a begun']);
      return 42;
    },
    calm,
  );
  expect(result).toBe(42);
  const [intent, outcome] = await events();
  expect(intent).toMatchObject({ tenant_id: 'acme', user_id: 'user-1', ip: null, request_id: 'request-1' });
  expect(outcome).toMatchObject({ outcome: 'success', intent: intent?.sequence });
});

test('an outcome says how the mutation has failed, and the failure is thrown', async () => {
  const { trail, told } = createTrailWorld();
  const left = new AbortController();
  const cases: [error: unknown, outcome: string][] = [
    [new ApiError('conflict'), 'conflict'],
    [new Error('a bug'), 'internal'],
  ];
  for (const [error] of cases) {
    await expect(trail.during(scope, change, () => Promise.reject(error), calm)).rejects.toBe(error);
  }
  const act = async (signal: AbortSignal) => {
    left.abort(new Error('The client left'));
    signal.throwIfAborted();
  };
  await expect(trail.during(scope, change, act, left.signal)).rejects.toThrow('The client left');
  expect((await told()).filter((line) => !line.endsWith('begun'))).toEqual([
    ...cases.map(([, outcome]) => `document.update a ${outcome}`),
    'document.update a aborted',
  ]);
});

test('a mutation of many things has an intent and an outcome for each, in few blocks', async () => {
  const { trail, events, state } = createTrailWorld();
  const targets = Array.from({ length: 200 }, (_, index) => `document-${index}`);
  const changes = targets.map((target, index) => ({
    action: 'document.create',
    target,
    toOutcome: (failed: number) => (index === failed ? ('too_large' as const) : ('success' as const)),
  }));
  await trail.during(scope, changes, async () => 7, calm);
  const all = await events();
  const intents = all.filter(({ outcome }) => outcome === 'begun');
  expect(intents.map(({ target }) => target)).toEqual(targets);
  const outcomes = all.slice(200);
  expect(outcomes.map(({ intent, target }) => [intent, target])).toEqual(
    intents.map(({ sequence, target }) => [sequence, target]),
  );
  expect(outcomes.filter(({ outcome }) => outcome !== 'success').map(({ target }) => target)).toEqual(['document-7']);
  expect(state.appended).toBe(2);
  await trail.during(scope, [], async () => undefined, calm);
  expect(await events()).toHaveLength(400);
});

test.for(['down', 'frozen'] as const)(
  'while the store is %s nothing is changed, and readings do not wait',
  async (mode) => {
    const { trail, told, state, logged } = createTrailWorld({ writeMilliseconds: 200 });
    state.mode = mode;
    const act = vi.fn<() => Promise<void>>();
    await expect(trail.during(scope, change, act, calm)).rejects.toMatchObject({ code: 'search_unavailable' });
    trail.recordAccess(scope, access);
    expect(act).not.toHaveBeenCalled();
    expect(logged).toContainEqual(expect.objectContaining({ ...change, outcome: 'search_unavailable' }));
    expect(logged).toContainEqual(expect.objectContaining({ ...access, outcome: 'success' }));
    expect(await told()).toEqual([]);

    state.mode = 'up';
    await vi.waitFor(async () => expect(await told()).toEqual(['document.read a success']), patient);
    await trail.during(scope, change, async () => undefined, calm);
    expect(await told()).toHaveLength(3);
  },
);

test('a block whose answer was lost is in the chain once, and an intent that was refused is known as that', async () => {
  const { trail, told, state } = createTrailWorld();
  state.mode = 'mute';
  const act = vi.fn<() => Promise<void>>();
  await expect(trail.during(scope, change, act, calm)).rejects.toMatchObject({ code: 'search_unavailable' });
  expect(act).not.toHaveBeenCalled();
  state.mode = 'up';
  await vi.waitFor(
    async () => expect(await told()).toEqual(['document.update a begun', 'document.update a search_unavailable']),
    patient,
  );
});

test('a mutation whose outcome can not be written is no success, and its outcome is written later', async () => {
  const { trail, told, state } = createTrailWorld({ writeMilliseconds: 200 });
  const act = async () => void (state.mode = 'down');
  await expect(trail.during(scope, change, act, calm)).rejects.toMatchObject({ code: 'search_unavailable' });
  expect(await told()).toEqual(['document.update a begun']);
  state.mode = 'up';
  await vi.waitFor(async () => expect((await told()).at(-1)).toBe('document.update a success'), patient);
});

test('who leaves while the intent is written begins nothing', async () => {
  const { trail, state, told } = createTrailWorld({ writeMilliseconds: 500 });
  state.mode = 'frozen';
  const left = new AbortController();
  const act = vi.fn<() => Promise<void>>();
  const mutation = trail.during(scope, change, act, left.signal);
  left.abort(new Error('The client left'));
  await expect(mutation).rejects.toThrow('The client left');
  expect(act).not.toHaveBeenCalled();
  expect(await told()).toEqual([]);
});

test('processes that write to one chain at once leave no gap and take turns', async () => {
  const { trail, createOther, events } = createTrailWorld();
  const trails = [trail, createOther(), createOther()];
  const mutations = Array.from({ length: 60 }, async (_, index) => {
    await nextTurn();
    const target = `document-${index}`;
    await trails[index % 3]?.during(scope, { ...change, target }, async () => undefined, calm);
  });
  await Promise.all(mutations);
  const all = await events();
  expect(all).toHaveLength(120);
  expect(new Set(all.map(({ target, outcome }) => `${target} ${outcome}`)).size).toBe(120);
});

test('within a chain time does not go back, whatever the clocks say', async () => {
  const { trail, createOther, clock, events } = createTrailWorld();
  await trail.during(scope, change, async () => undefined, calm);
  clock.at -= 60_000;
  await createOther().during(scope, change, async () => undefined, calm);
  await trail.during(scope, change, async () => undefined, calm);
  expect(new Set((await events()).map(({ timestamp }) => timestamp))).toEqual(new Set(['2026-05-01T12:00:00.000Z']));
});

test("a tenant's events stand in its account's chain, what is nobody's in the platform's", async () => {
  const { trail, events, state } = createTrailWorld();
  expect(state.appended).toBe(0);
  const { origin } = scope;
  const admin: PlatformActor = { role: 'platform_admin', tenantId: undefined, userId: 'root', origin };
  const erased = createScope('acme', { incarnation: 'second' });
  const again = createScope('acme', { account: { tenantId: scope.tenantId, incarnation: 'account-other' } });
  trail.recordAccess(scope, access);
  trail.recordAccess(erased, access);
  trail.recordAccess(admin, { ...access, account: scope.account });
  trail.recordAccess(admin, { action: 'tenant.list', target: '*' });
  trail.recordAccess(again, access);
  await trail.close();
  expect((await events()).map(({ user_id }) => user_id)).toEqual(['user-1', 'user-1', 'root']);
});

test('a name that is too long, or half a character, harms no chain', async () => {
  const { trail, events } = createTrailWorld();
  const odd = createScope('acme', { userId: '\ud800'.repeat(300) });
  trail.recordAccess(odd, { action: 'document.read', target: '😀'.repeat(300) });
  await trail.close();
  const [event] = await events();
  expect(event?.user_id.isWellFormed()).toBe(true);
  expect(event?.target).toBe('😀'.repeat(256));
});
