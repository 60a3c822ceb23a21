import { expect, test } from 'vitest';
import { createTakeClaim } from '#lib/rollout/claim.ts';
import { createEditService } from '#lib/rollout/edit-service.ts';
import type { KnativeServices } from '#lib/rollout/knative-services.ts';
import { createRollBack } from '#lib/rollout/roll-back.ts';
import { readLease } from '#lib/rollout/state.ts';
import { calm } from '#tests/support/scope.ts';
import { createWorld } from './world.ts';

/** A Service with which every write is made, and its repetition refused. */
function createLossyWorld(options: Parameters<typeof createWorld>[0] = {}) {
  const world = createWorld(options);
  world.services.loseAnswers();
  return world;
}

test('a claim is the one that took it', async () => {
  const { services, edit, timing } = createLossyWorld();
  const claim = await createTakeClaim({ services, edit, timing, holder: 'one' })('query', calm);
  expect(readLease(services.present())).toEqual({ holder: 'one', renewedAt: expect.any(Number) });
  expect(services.patches).toHaveLength(1);
  await claim.release(calm);
  expect(services.present().annotations).toEqual({});
});

test('a promotion counts as made', async () => {
  const { services, start } = createLossyWorld();
  await expect(start()).resolves.toBe('promoted');
  expect(services.shifts.at(-1)).toBe('@latest=100');
  expect(services.shifts.filter((shift, index) => shift === services.shifts[index - 1])).toEqual([]);
  expect(Object.keys(services.present().annotations)).toEqual(['rollout.genai-platform/previous']);
});

test('the return of the traffic counts as made', async () => {
  const { services, start, lines } = createLossyWorld({ smokeProblem: 'GET /readyz: 503' });
  await expect(start()).resolves.toBe('returned');
  expect(services.shifts.at(-1)).toBe('query-00001=100');
  expect(lines).toContain('all traffic is back at query-00001');
});

test('a rollback of a running rollout counts as made', async () => {
  const { services, start, edit } = createWorld();
  services.killAt(5);
  await expect(start()).rejects.toThrow('The process is killed');
  services.revive();
  services.loseAnswers();
  await expect(createRollBack({ services, edit })('query', calm)).resolves.toBe(
    'the rollout of query-00002 is ended: all traffic is back at query-00001',
  );
  expect(services.shifts.filter((shift) => shift === 'query-00001=100')).toHaveLength(2);
});

test('what another has changed since is not taken for our own write', async () => {
  const { services, timing } = createLossyWorld();
  const find: KnativeServices['find'] = async (name, signal) => ({
    ...(await services.find(name, signal)),
    traffic: [{ revisionName: 'query-00009', percent: 100 }],
  });
  const edit = createEditService({ services: { ...services, find }, timing });
  let reads = 0;
  const toChange = () => {
    reads += 1;
    return reads === 1 ? { traffic: [{ revisionName: 'query-00001', percent: 100 }] } : undefined;
  };
  await edit('query', toChange, calm);
  expect(reads).toBe(2);
});

test('a template is written again where another has written first', async () => {
  const { services, edit } = createWorld();
  services.disturb(1);
  const changed = await edit('query', () => ({ containers: [{ image: 'genai:2' }] }), calm);
  expect(changed.containers).toEqual([{ image: 'genai:2' }]);
});
