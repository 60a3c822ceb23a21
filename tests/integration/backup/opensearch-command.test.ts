import { expect, test, vi } from 'vitest';
import { createBackupWorld } from './opensearch-world.ts';

vi.setConfig({ testTimeout: 180_000 });

/** Each line begins with the name of a snapshot. */
const toNames = (output: string) =>
  output
    .trim()
    .split('\n')
    .map((line) => line.split(' ')[0]);

test('snapshots are listed, and the newest are kept', async () => {
  const world = await createBackupWorld();
  const names: string[] = [];
  for (let count = 0; count < 3; count += 1) {
    names.push(await world.takeSnapshot());
    // A name is made of the second.
    await new Promise((resolve) => setTimeout(resolve, 1_000));
  }
  const listed = await world.snapshot('list');
  expect(toNames(listed.output)).toEqual(names);
  const kept = await world.snapshot('prune', '--keep', '5');
  expect(kept).toMatchObject({ code: 0, output: '0 deleted\n' });
  const pruned = await world.snapshot('prune', '--keep', '2');
  expect(pruned).toMatchObject({ code: 0, output: `${names[0]}  deleted\n1 deleted\n` });
  const left = await world.snapshot('list');
  expect(toNames(left.output)).toEqual(names.slice(1));
  const gone = await world.snapshot('restore', '--snapshot', names[0] ?? '', '--all');
  expect(gone).toMatchObject({ code: 1, output: expect.stringContaining('missing') });
});

test('what cannot be done says why', async () => {
  const world = await createBackupWorld();
  const { snapshot, repository } = world;
  expect(await snapshot('create')).toMatchObject({ code: 1, output: expect.stringContaining('missing') });
  await world.takeSnapshot();
  expect(await snapshot('create', '--type', 'fs', '--location', `${repository}-2`)).toMatchObject({
    code: 1,
    output: expect.stringContaining('registered with other settings'),
  });
  expect(await snapshot('schedule')).toMatchObject({
    code: 1,
    output: expect.stringContaining('run `create` and `prune` from a scheduler'),
  });
  const calls = [
    [],
    ['unknown'],
    ['create', '--type', 'fs'],
    ['create', '--type', 'gcs', '--location', 'x'],
    ['restore', '--snapshot', 'x'],
    ['restore', '--snapshot', 'x', '--all', '--tenant', 'a'],
    ['restore', '--snapshot', 'x', '--tenant', 'A*'],
    ['prune'],
    ['prune', '--keep', '0'],
    ['list', '--force'],
    ['list', 'more'],
  ];
  for (const args of calls) {
    expect(await snapshot(...args), args.join(' ')).toMatchObject({
      code: 2,
      output: expect.stringContaining('Usage'),
    });
  }
});
