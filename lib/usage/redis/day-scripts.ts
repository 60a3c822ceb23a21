import { clockLua } from '#lib/state/redis/clock-lua.ts';
import { createScript } from '#lib/state/redis/create-script.ts';

/** KEYS: days. ARGV: days that are kept, or '' for none; most. Gives days that are older. */
export const oldDaysScript = createScript(`${clockLua}
local last = '+inf'
if ARGV[1] ~= '' then last = '(' .. string.gsub(dateOf(now - ARGV[1] * 86400000), '-', '') end
return redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', last, 'LIMIT', 0, ARGV[2])`);

/** KEYS: days, other index of days, kept, keys of the days. ARGV: the days. */
export const dropDaysScript = createScript(`
local entries = 0
for i = 4, #KEYS do
  if redis.call('TYPE', KEYS[i]).ok == 'zset' then entries = entries + redis.call('ZCARD', KEYS[i]) end
end
if entries > 0 then redis.call('DECRBY', KEYS[3], entries) end
redis.call('UNLINK', unpack(KEYS, 4))
redis.call('ZREM', KEYS[1], unpack(ARGV))
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', ARGV[#ARGV])
return 0`);

/** KEYS: days. ARGV: first, last, most. */
export const daysScript = createScript(
  `return redis.call('ZRANGEBYSCORE', KEYS[1], ARGV[1], ARGV[2], 'LIMIT', 0, ARGV[3])`,
);

/** KEYS: ledger. ARGV: lower bound, most. Gives ids and entries, in the order of their bytes. */
export const entriesScript = createScript(
  `return redis.call('ZRANGEBYLEX', KEYS[1], ARGV[1], '+', 'LIMIT', 0, ARGV[2])`,
);

/**
 * KEYS: usage of days. ARGV: where to go on in the first of them, most rows about. Gives how many days were read to their ends,
 * where to go on in the next one, and index of the day, row and sums in turn.
 */
export const sumsScript = createScript(`
local found = {}
local cursor = ARGV[1]
for i, key in ipairs(KEYS) do
  local portion = redis.call('HSCAN', key, cursor, 'COUNT', ARGV[2])
  for field = 1, #portion[2], 2 do
    found[#found + 1] = tostring(i - 1)
    found[#found + 1] = portion[2][field]
    found[#found + 1] = portion[2][field + 1]
  end
  cursor = portion[1]
  if cursor ~= '0' then return { tostring(i - 1), cursor, found } end
  if #found >= 3 * ARGV[2] then return { tostring(i), '0', found } end
end
return { tostring(#KEYS), '0', found }`);
