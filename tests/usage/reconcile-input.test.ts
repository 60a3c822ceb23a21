import { expect, test } from 'vitest';
import { readArguments } from '#functions/operator/reconcile-arguments.ts';
import { createWorld, now } from './reconcile-world.ts';

test.each([
  ['bill.json', '{"rows":[]}', 'no JSON array'],
  ['bill.json', '[{"model":"x"}]', 'Row 1'],
  ['bill.csv', 'model,input_tokens,output_tokens,cost_dollars\nx,1,2,\n', 'Row 1'],
  ['bill.csv', 'model,input_tokens,output_tokens,cost_dollars\nx,1,2,3\nx,1,two,3\n', 'Row 2'],
  ['bill.csv', 'day,model,input_tokens,output_tokens,cost_dollars\n05.11.2026,x,1,2,3\n', 'Row 1'],
])('what is no bill is named: %s %s', async (name, text, reason) => {
  const world = createWorld();
  await expect(world.run(['--bill', world.write(name, text)])).rejects.toThrow(reason);
});

test('a file that is not there ends it', async () => {
  const world = createWorld();
  for (const args of [
    ['--bill', '/none/bill.csv'],
    ['--bill', '/none/bill.json'],
    ['--logs', '/none/log'],
  ]) {
    await expect(world.run(args)).rejects.toThrow('ENOENT');
  }
});

const days = ['--from', '2026-11-01', '--to', '2026-11-25'];
test.each([
  [[]],
  [['--from', '2026-11-01']],
  [['--from', '2026-11-25', '--to', '2026-11-01']],
  [['--from', '2026-11-01', '--to', '2026-11-31']],
  [['--from', '2026-11-01', '--to', '2026-11-27']],
  [['--from', '2026-08-01', '--to', '2026-11-25']],
  [[...days, '--tenant', 'a*']],
  [[...days, '--tolerance', '2']],
  [[...days, '--tolerance', '-1']],
  [[...days, '--bill', 'bill.pdf']],
  [[...days, '--provider', 'openai']],
  [[...days, '--bill', 'b.csv', '--alias', 'x']],
  [[...days, '--unknown']],
  [[...days, 'more']],
])('%j is no call', (args) => {
  expect(readArguments(args, now)).toBeUndefined();
});
