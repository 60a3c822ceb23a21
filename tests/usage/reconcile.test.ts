import { expect, test } from 'vitest';
import type { LedgerEntry } from '#lib/usage/ledger-entry.ts';
import type { UsageStore } from '#lib/usage/usage-store.ts';
import { toEntry } from './fake-usage-store.ts';
import { acme, beta, createWorld } from './reconcile-world.ts';

test('a ledger that agrees with its log and its bill is within any tolerance', async () => {
  const world = createWorld();
  const first = toEntry({ id: 'a.0' });
  const second = toEntry({ id: 'b.0', model: 'small', nanodollars: 1, at: '2026-11-06T00:00:00.000Z' });
  world.usageStore.add(acme, first);
  world.usageStore.add(beta, second, toEntry({ id: 'old.0', at: '2026-10-31T23:59:59.999Z' }));
  const logs = world.writeLog(['acme', first], ['beta', second]);
  const bill = world.write(
    'bill.csv',
    'model,day,input_tokens,output_tokens,cost_dollars,note\r\ngpt,2026-11-05,100,20,0.0000015,"a, b"\r\nsmall,2026-11-06,100,20,1e-9,\r\n',
  );
  const { isWithin, output } = await world.run(['--logs', logs, '--bill', bill, '--tolerance', '0']);
  expect(output).not.toContain('!');
  expect(output).toMatch(/^all .* 0\.000001501 +0\.000001501 +0 +0\.00 %$/m);
  expect(isWithin).toBe(true);
});

test('a call that is missing, doubled or different is named, on whichever side', async () => {
  const world = createWorld();
  const entry = (id: string, changes: Partial<LedgerEntry> = {}) => toEntry({ id, nanodollars: 1_000, ...changes });
  world.usageStore.add(acme, entry('same.0'), entry('unlogged.0'), entry('twice.0'), entry('other.0'), entry('cut.0'));
  const logs = world.writeLog(
    ['acme', entry('same.0')],
    ['acme', entry('twice.0')],
    ['acme', entry('twice.0')],
    ['acme', entry('other.0', { nanodollars: 1_001 })],
    ['acme', entry('cut.0', { output_tokens: 19 })],
    ['acme', entry('unwritten.0')],
  );
  const { isWithin, output } = await world.run(['--logs', logs]);
  expect(isWithin).toBe(false);
  expect(output).toMatch(/^unlogged\.0 +acme +2026-11-05 +gpt +success +0\.000001 +0 +not in the log$/m);
  expect(output).toMatch(/^unwritten\.0 +acme .* 0 +0\.000001 +not in the ledger$/m);
  expect(output).toMatch(/^twice\.0 +acme .* more than once in the log$/m);
  expect(output).toMatch(/^other\.0 +acme .* 0\.000001 +0\.000001001 +different in the log$/m);
  expect(output).toMatch(/^cut\.0 +acme .* different in the log$/m);
  expect(output).not.toMatch(/^same\.0/m);
  expect(output).toContain('1 calls not in the log, apart by $ 0.000001');
});

test("sums that agree by chance don't hide calls that don't, nor does another tenant's call of the same id", async () => {
  const world = createWorld();
  world.usageStore.add(acme, toEntry({ id: 'a.0' }));
  const { isWithin, output } = await world.run(['--logs', world.writeLog(['beta', toEntry({ id: 'a.0' })])]);
  expect(output).toMatch(/^all .* 0\.00 %$/m);
  expect(isWithin).toBe(false);
  expect((await world.run(['--logs', world.writeLog(['acme', toEntry({ id: 'a.0' })])])).isWithin).toBe(true);
});

test('lost lines of the log are within a tolerance of calls and of dollars', async () => {
  const world = createWorld();
  const entries = Array.from({ length: 100 }, (_, index) => toEntry({ id: `c${index}.0` }));
  world.usageStore.add(acme, ...entries);
  const logged = (count: number) =>
    world.writeLog(...entries.slice(0, count).map((entry): [string, LedgerEntry] => ['acme', entry]));
  expect((await world.run(['--logs', logged(98)])).isWithin).toBe(true);
  expect((await world.run(['--logs', logged(97)])).isWithin).toBe(false);
  expect((await world.run(['--logs', logged(97), '--tolerance', '0.03'])).isWithin).toBe(true);
});

test('a bill is compared model by model: one that is dearer is not made up for by one that is cheaper', async () => {
  const world = createWorld();
  world.usageStore.add(acme, toEntry({ id: 'a.0', model: 'x', nanodollars: 1_000_000 }));
  world.usageStore.add(beta, toEntry({ id: 'b.0', model: 'y', nanodollars: 1_000_000 }));
  const rows = (x: number, y: number) => [
    { model: 'x-2026', input_tokens: 100, output_tokens: 20, cost_dollars: x },
    { model: 'y', input_tokens: 100, output_tokens: 21, cost_dollars: y },
  ];
  const run = (x: number, y: number) =>
    world.run(['--bill', world.write('bill.json', JSON.stringify(rows(x, y))), '--alias', 'x-2026=x']);
  expect((await run(0.00102, 0.00098)).isWithin).toBe(true);
  const { isWithin, output } = await run(0.0011, 0.0009);
  expect(isWithin).toBe(false);
  expect(output).toMatch(/^x +0 +0 +0\.001 +0\.0011 +-0\.0001 +-9\.09 % +!$/m);
  expect(output).toMatch(/^y +0 +-1 +0\.001 +0\.0009 +0\.0001 +10\.00 % +!$/m);
  expect(output).toMatch(/^all .* 0\.00 %$/m);
});

test("the platform's bill has neither calls with a tenant's own key, nor its own work, nor another provider's", async () => {
  const world = createWorld();
  world.usageStore.add(
    acme,
    toEntry({ id: 'a.0', nanodollars: 1_000 }),
    toEntry({ id: 'b.0', own_key: true }),
    toEntry({ id: 'c.0', kind: 'search', model: '_search', provider: 'platform' }),
    toEntry({ id: 'd.0', provider: 'elsewhere' }),
  );
  const bill = world.write('bill.csv', 'model,input_tokens,output_tokens,cost_dollars\ngpt,100,20,0.000001\n');
  expect((await world.run(['--bill', bill, '--provider', 'openai', '--tolerance', '0'])).isWithin).toBe(true);
  expect((await world.run(['--bill', bill, '--tolerance', '0'])).isWithin).toBe(false);
});

test('days of a bill that differ are told, and not judged', async () => {
  const world = createWorld();
  world.usageStore.add(acme, toEntry({ id: 'a.0', at: '2026-11-05T23:59:59.000Z' }));
  const bill = world.write(
    'bill.csv',
    'day,model,input_tokens,output_tokens,cost_dollars\n2026-11-06,gpt,100,20,0.0000015\n2026-10-06,gpt,9,9,9\n',
  );
  const { isWithin, output } = await world.run(['--bill', bill]);
  expect(isWithin).toBe(true);
  expect(output).toMatch(/^2026-11-05 gpt .*!$/m);
  expect(output).toMatch(/^2026-11-06 gpt .*!$/m);
});

test('an aggregate that is not the sum of its entries is within no tolerance', async () => {
  const world = createWorld();
  world.usageStore.add(acme, toEntry({ id: 'a.0' }), toEntry({ id: 'b.0', model: 'small' }));
  const store: UsageStore = {
    ...world.usageStore,
    daily: async (...call) =>
      (await world.usageStore.daily(...call)).map((row) =>
        row.model === 'small' ? { ...row, output_tokens: row.output_tokens + 1 } : row,
      ),
  };
  const { isWithin, output } = await world.run(['--tolerance', '1'], store);
  expect(isWithin).toBe(false);
  expect(output).toMatch(/^2026-11-05 +acme +small +0\.0000015 +0\.0000015$/m);
  expect(output).not.toMatch(/acme +gpt/);
});

test('a day of which not all entries were kept is left out, and told', async () => {
  const world = createWorld();
  world.usageStore.add(acme, toEntry({ id: 'a.0' }), toEntry({ id: 'b.0', at: '2026-11-06T12:00:00.000Z' }));
  world.usageStore.add(beta, toEntry({ id: 'c.0' }));
  const store: UsageStore = {
    ...world.usageStore,
    partDays: async ({ tenantId }) => (tenantId === 'acme' ? ['2026-11-05'] : []),
  };
  const logs = world.writeLog(
    ['acme', toEntry({ id: 'a.0' })],
    ['acme', toEntry({ id: 'b.0', at: '2026-11-06T12:00:00.000Z' })],
    ['beta', toEntry({ id: 'c.0' })],
  );
  const { isWithin, output } = await world.run(['--logs', logs, '--tolerance', '0'], store);
  expect(isWithin).toBe(false);
  expect(output).toMatch(/^Left out, because not all entries were kept:\n2026-11-05 acme$/m);
  expect(output).toContain('Daily aggregates are the sums of their entries.');
  expect(output).not.toContain('not in the ledger');
});

test('with a tenant named, only its calls are compared', async () => {
  const world = createWorld();
  world.usageStore.add(acme, toEntry({ id: 'a.0' }));
  world.usageStore.add(beta, toEntry({ id: 'b.0' }));
  const logs = world.writeLog(['acme', toEntry({ id: 'a.0' })], ['beta', toEntry({ id: 'c.0' })]);
  expect((await world.run(['--logs', logs, '--tenant', 'acme', '--tolerance', '0'])).isWithin).toBe(true);
  await expect(world.run(['--tenant', 'nobody'])).rejects.toThrow('There is no tenant nobody');
});

test('no name reaches the terminal with a control character', async () => {
  const world = createWorld();
  world.usageStore.add(acme, toEntry({ id: 'a\u001b[31m.0', model: 'x\u001b[2J' }));
  const { output } = await world.run(['--logs', world.writeLog()]);
  expect(output).not.toContain('\u001b');
  expect(output).toContain('x?[2J');
});

test('a long list is cut, and its sums are whole', async () => {
  const world = createWorld();
  world.usageStore.add(acme, ...Array.from({ length: 500 }, (_, index) => toEntry({ id: `c${index}.0` })));
  const { output } = await world.run(['--logs', world.writeLog()]);
  expect(output.match(/not in the log$/gm)).toHaveLength(20);
  expect(output).toContain('500 calls not in the log, apart by $ 0.00075');
});
