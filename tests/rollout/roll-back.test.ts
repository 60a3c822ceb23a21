import { expect, test } from 'vitest';
import type { KnativeServices } from '#lib/rollout/knative-services.ts';
import { createRollBack } from '#lib/rollout/roll-back.ts';
import { toStatusLines } from '#lib/rollout/status-lines.ts';
import { calm } from '#tests/support/scope.ts';
import type { Behaviour } from './fake-traffic.ts';
import { createWorld } from './world.ts';

test('without a running rollout the traffic goes to the ready revision before', async () => {
  const { services, edit, pass } = createWorld({ broken: ['genai:2'] });
  for (const image of ['genai:2', 'genai:3']) {
    await pass(1_000);
    services.apply(image);
  }
  const rollBack = createRollBack({ services, edit });
  await expect(rollBack('query', calm)).resolves.toBe('all traffic of query went from query-00003 to query-00001');
  expect(services.shifts).toEqual(['query-00001=100']);
});

test('after a promotion the traffic goes back to what it replaced, not to a revision made in between', async () => {
  const { services, edit, pass, start } = createWorld();
  await edit('query', () => ({ traffic: [{ revisionName: 'query-00001', percent: 100 }] }), calm);
  for (const image of ['genai:2', 'genai:3']) {
    await pass(1_000);
    services.apply(image);
  }
  await expect(start({ image: undefined })).resolves.toBe('promoted');
  await expect(createRollBack({ services, edit })('query', calm)).resolves.toBe(
    'all traffic of query went from query-00003 to query-00001',
  );
});

test('where what it replaced is no longer ready, age decides', async () => {
  const { services, edit, pass, start } = createWorld();
  await pass(1_000);
  services.apply('genai:2');
  await pass(1_000);
  await expect(start({ image: 'genai:3' })).resolves.toBe('promoted');
  const listRevisions: KnativeServices['listRevisions'] = async (...args) =>
    (await services.listRevisions(...args)).map((one) => (one.image === 'genai:2' ? { ...one, conditions: [] } : one));
  await expect(createRollBack({ services: { ...services, listRevisions }, edit })('query', calm)).resolves.toBe(
    'all traffic of query went from query-00003 to query-00001',
  );
});

test('a revision whose rollout was ended before it was tried is a rejected one', async () => {
  const { services, edit, start } = createWorld();
  // The write of the claim, and the one that makes the revision.
  services.killAt(2);
  await expect(start()).rejects.toThrow('The process is killed');
  services.revive();
  await expect(createRollBack({ services, edit })('query', calm)).resolves.toBe(
    'the rollout of a new revision is ended: all traffic is back at query-00001',
  );
  expect(services.present().annotations).toEqual({ 'rollout.genai-platform/rejected': '["query-00002"]' });
});

test('what another revision replaced says nothing about the present one', async () => {
  const { services, edit, pass, start } = createWorld();
  await start();
  await pass(1_000);
  services.apply('genai:3');
  const rollBack = createRollBack({ services, edit });
  await expect(rollBack('query', calm)).resolves.toBe('all traffic of query went from query-00003 to query-00002');
  await expect(rollBack('query', calm)).resolves.toBe('all traffic of query went from query-00002 to query-00001');
  await expect(rollBack('query', calm)).rejects.toThrow('no ready revision before query-00001');
});

test.each([
  ['failed its figures', { behaviours: { 'genai:2': { failsOneIn: 2 } } }],
  ['failed its smoke test', { smokeProblem: 'GET /readyz: 503' }],
])('a revision that %s is not gone back to', async (_name, options) => {
  const { services, edit, pass, start } = createWorld(options);
  await expect(start()).resolves.toBe('returned');
  await edit('query', () => ({ traffic: [{ latestRevision: true, percent: 100 }] }), calm);
  await pass(1_000);
  services.apply('genai:3');
  await expect(createRollBack({ services, edit })('query', calm)).resolves.toBe(
    'all traffic of query went from query-00003 to query-00001',
  );
});

test('a revision that was promoted after all is gone back to', async () => {
  const behaviours: Record<string, Behaviour> = { 'genai:2': { failsOneIn: 2 } };
  const { services, edit, pass, start } = createWorld({ behaviours });
  await expect(start()).resolves.toBe('returned');
  behaviours['genai:2'] = {};
  await expect(start({ image: undefined })).resolves.toBe('promoted');
  await pass(1_000);
  services.apply('genai:3');
  await expect(createRollBack({ services, edit })('query', calm)).resolves.toBe(
    'all traffic of query went from query-00003 to query-00002',
  );
});

test('where there is no revision before, nothing is changed', async () => {
  const { services, edit } = createWorld();
  await expect(createRollBack({ services, edit })('query', calm)).rejects.toThrow(
    'no ready revision before query-00001',
  );
  expect(services.patches).toEqual([]);
});

test('traffic that is split by hand has no revision before it', async () => {
  const { services, edit, pass } = createWorld();
  await pass(1_000);
  services.apply('genai:2');
  const traffic = ['query-00001', 'query-00002'].map((revisionName) => ({ revisionName, percent: 50 }));
  await edit('query', () => ({ traffic }), calm);
  await expect(createRollBack({ services, edit })('query', calm)).rejects.toThrow('No revision of query has 100 %');
});

test('the status tells revisions, their share, tag and readiness, and the rollout that runs', async () => {
  const { services, start } = createWorld();
  const seen: string[][] = [];
  const report = async (line: string) => {
    if (line.startsWith('25 %') && seen.length === 0)
      seen.push(toStatusLines(services.present(), await services.listRevisions('query', calm)));
  };
  await start({}, { report: (line) => void report(line) });
  expect(seen[0]).toEqual([
    expect.stringMatching(/^query {2}ready {2}rollout of query-00002 at 25 % since 2027-01-01T\S+, one$/),
    '  query-00002  25 %  ready          genai:2  canary',
    '  query-00001  75 %  ready          genai:1',
  ]);
});
