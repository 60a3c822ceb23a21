import { afterAll, expect, test } from 'vitest';
import { clockLua } from '#lib/state/redis/clock-lua.ts';
import { startRedisServer } from '#tests/support/redis-server.ts';

const redis = await startRedisServer({ endWith: afterAll });

test('a script tells the day of any moment as this process does', async () => {
  const moments = Array.from({ length: 3_000 }, (_, index) => index * 12_345_678_901);
  const leapDays = ['2000-02-29', '2024-02-29', '2026-02-28', '2026-03-01', '2026-12-31', '2100-02-28', '2100-03-01'];
  const edges = leapDays.flatMap((day) => [Date.parse(day), Date.parse(day) + 86_399_999]);
  const all = [...moments, ...edges];
  const source = `${clockLua}
    local days = {}
    for i, moment in ipairs(ARGV) do days[i] = dateOf(tonumber(moment)) end
    return days`;
  const days = await redis.command('EVAL', source, 0, ...all);
  expect(days).toEqual(all.map((moment) => new Date(moment).toISOString().slice(0, 10)));
});
