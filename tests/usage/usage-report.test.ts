import { expect, test } from 'vitest';
import { createUsageSum } from '#lib/usage/usage-report.ts';
import type { DailyUsage } from '#lib/usage/usage-store.ts';

const toUsage = (changes: Partial<DailyUsage> = {}): DailyUsage => ({
  day: '2026-11-05',
  model: 'gpt',
  user_id: 'ann',
  key_id: undefined,
  function: 'query',
  requests: 2,
  input_tokens: 10,
  cached_input_tokens: 1,
  output_tokens: 5,
  nanodollars: 7,
  estimated_nanodollars: 3,
  ...changes,
});

test('rows are summed by their groups, in the order of these, with the whole beside them', () => {
  const sum = createUsageSum(['model', 'day']);
  sum.add('acme', toUsage({ model: 'b', day: '2026-11-02' }));
  sum.add('acme', toUsage({ model: 'b', day: '2026-11-01' }));
  sum.add('acme', toUsage({ model: 'a', day: '2026-11-03' }));
  sum.add('acme', toUsage({ model: 'b', day: '2026-11-02', user_id: 'bob', nanodollars: 1 }));
  const { rows, total } = sum.report();
  expect(rows.map(({ groups }) => [...groups.values()])).toEqual([
    ['a', '2026-11-03'],
    ['b', '2026-11-01'],
    ['b', '2026-11-02'],
  ]);
  expect(rows[2]).toMatchObject({ requests: 4, input_tokens: 20, nanodollars: 8, estimated_nanodollars: 6 });
  expect(total).toEqual({
    requests: 8,
    input_tokens: 40,
    cached_input_tokens: 4,
    output_tokens: 20,
    nanodollars: 22,
    estimated_nanodollars: 12,
  });
});

test('what was used with no key is a row of its own, and first', () => {
  const sum = createUsageSum(['key']);
  sum.add('acme', toUsage({ key_id: 'key-1' }));
  sum.add('acme', toUsage());
  expect(sum.report().rows.map(({ groups }) => groups.get('key'))).toEqual([undefined, 'key-1']);
});

test("values can't be mistaken for each other, whatever they hold", () => {
  const sum = createUsageSum(['user', 'function']);
  sum.add('acme', toUsage({ user_id: 'a","b', function: 'c' }));
  sum.add('acme', toUsage({ user_id: 'a', function: 'b","c' }));
  expect(sum.report().rows).toHaveLength(2);
});

test("the platform's own work has a cost and is no request", () => {
  const sum = createUsageSum(['model']);
  sum.add('acme', toUsage());
  sum.add('acme', toUsage({ model: '_pod_seconds', input_tokens: 0 }));
  expect(sum.report().total).toMatchObject({ requests: 2, nanodollars: 14 });
});

test('more rows than a client can want are refused, with a word on what to do', () => {
  const sum = createUsageSum(['user']);
  for (let user = 0; user < 10_000; user += 1) sum.add('acme', toUsage({ user_id: `user-${user}` }));
  sum.add('acme', toUsage({ user_id: 'user-0' }));
  expect(() => sum.add('acme', toUsage({ user_id: 'one more' }))).toThrow(
    expect.objectContaining({ code: 'invalid_request', errors: [{ path: 'group_by', message: expect.any(String) }] }),
  );
});
