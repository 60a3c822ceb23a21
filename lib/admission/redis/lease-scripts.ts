import { clockLua } from '#lib/state/redis/clock-lua.ts';
import { createScript } from '#lib/state/redis/create-script.ts';
import { ledgerLua } from '#lib/usage/redis/ledger-lua.ts';
import { budgetLua } from './budget-lua.ts';

/** KEYS: expiry. ARGV: lifetime in ms, ids. */
export const renewScript = createScript(`${clockLua}
for i = 2, #ARGV do redis.call('ZADD', KEYS[1], 'XX', now + ARGV[1], ARGV[i]) end
return 0`);

/** KEYS: leases, expiry. ARGV: most ids. Gives the ids of leases that have expired, and their postings' days, in turn. */
export const expiredScript = createScript(`${clockLua}
local found = {}
for _, id in ipairs(redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', now, 'LIMIT', 0, ARGV[1])) do
  local lease = redis.call('HGET', KEYS[1], id)
  found[#found + 1] = id
  found[#found + 1] = lease and cjson.decode(lease).day or ''
end
return found`);

/**
 * KEYS: leases, expiry, budgets, settled, lost, ledger days, usage days, kept, part days; a day's ledger, usage, lost. ARGV: the
 * day, ids of leases whose postings are of this day. What they leave is kept, however much there is: it may be taken back. Gives how many were ended, and 1 where the day has its first entry of them.
 */
export const endLeasesScript = createScript(`${clockLua}${budgetLua}${ledgerLua}
local ledger = { days = KEYS[6], usageDays = KEYS[7], kept = KEYS[8], partDays = KEYS[9] }
local day = { number = ARGV[1], ledger = KEYS[10], usage = KEYS[11], lost = KEYS[12] }
local ended, begun = 0, 0

local function lose(id, lease)
  takeBack(KEYS[3], lease.paidFrom, 'reserved', lease.amount)
  if redis.call('ZSCORE', KEYS[4], lease.call) or redis.call('ZSCORE', KEYS[5], lease.call) then return end
  spend(KEYS[3], lease.paidFrom, lease.amount)
  if post(day, cjson.decode(lease.posting), ledger) == 2 then begun = 1 end
  redis.call('ZADD', KEYS[5], day.number, lease.call)
  redis.call('HSET', day.lost, lease.call, cjson.encode({
    lease = id, amount = lease.amount, paidFrom = lease.paidFrom, posting = lease.posting,
  }))
end

for i = 2, #ARGV do
  local id = ARGV[i]
  local expiry = redis.call('ZSCORE', KEYS[2], id)
  if expiry and tonumber(expiry) <= now then
    local lease = redis.call('HGET', KEYS[1], id)
    redis.call('ZREM', KEYS[2], id)
    redis.call('HDEL', KEYS[1], id)
    if lease then lose(id, cjson.decode(lease)) end
    ended = ended + 1
  end
end
return { ended, begun }`);
