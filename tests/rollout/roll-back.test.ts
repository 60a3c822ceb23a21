import { expect, test } from 'vitest';
import { createRollBack } from '#lib/rollout/roll-back.ts';
import { toStatusLines } from '#lib/rollout/status-lines.ts';
import { calm } from '#tests/support/scope.ts';
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
