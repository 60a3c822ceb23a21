import { clockLua } from '#lib/state/redis/clock-lua.ts';
import { createScript } from '#lib/state/redis/create-script.ts';
import { ledgerLua } from '#lib/usage/redis/ledger-lua.ts';
import { budgetLua } from './budget-lua.ts';
import { windowLua } from './window-lua.ts';

/** An attempt at what was paid for may come so late. Idempotency keys live for half as long. */
const settledMilliseconds = 48 * 3_600_000;

/**
 * KEYS: tokens, leases, expiry, budgets, settled, lost, ledger days, usage days, kept, part days; ledger, usage, lost of each
 * day. ARGV: lease or '', call, tokens, owners and periods as JSON, postings as JSON, most entries, the days. Gives `day` and a day whose keys it needs as
 * well, having written nothing; otherwise `done`, and `begun` where a day has its first entry. The lease goes first: a removal
 * is not refused by a server without room, nor is what follows it.
 */
export const settleScript = createScript(`${clockLua}${windowLua}${budgetLua}${ledgerLua}
local id, call = ARGV[1], ARGV[2]
local postings = cjson.decode(ARGV[5])
local ledger = { days = KEYS[7], usageDays = KEYS[8], kept = KEYS[9], partDays = KEYS[10] }
local days = {}
for i = 7, #ARGV do
  local key = 11 + 3 * (i - 7)
  days[ARGV[i]] = { number = ARGV[i], ledger = KEYS[key], usage = KEYS[key + 1], lost = KEYS[key + 2] }
end
local lostDay = redis.call('ZSCORE', KEYS[6], call)
if lostDay and not days[lostDay] then return { 'day', lostDay } end

local paidFrom = cjson.decode(ARGV[4])
for i = 2, #paidFrom, 2 do paidFrom[i] = believedPeriod(paidFrom[i]) end
local lease = redis.call('HGET', KEYS[2], id)
if lease then
  lease = cjson.decode(lease)
  redis.call('HDEL', KEYS[2], id)
  redis.call('ZREM', KEYS[3], id)
  if lease.step then correct(KEYS[1], lease.step, tonumber(ARGV[3]) - lease.tokens) end
  takeBack(KEYS[4], lease.paidFrom, 'reserved', lease.amount)
  paidFrom = lease.paidFrom
end

local lost = lostDay and redis.call('HGET', days[lostDay].lost, call)
lost = lost and cjson.decode(lost)
if lost and (lost.lease == id or #postings > 0) then
  redis.call('ZREM', KEYS[6], call)
  redis.call('HDEL', days[lostDay].lost, call)
  takeOut(days[lostDay], cjson.decode(lost.posting), ledger)
  takeBack(KEYS[4], lost.paidFrom, 'spent', lost.amount)
  if lost.lease == id then paidFrom = lost.paidFrom end
end

if #postings == 0 or redis.call('ZSCORE', KEYS[5], call) then return { 'done' } end
local outcome = 'done'
for _, posting in ipairs(postings) do
  local posted = post(days[posting.day], posting, ledger, tonumber(ARGV[6]))
  if posted > 0 then spend(KEYS[4], paidFrom, posting.nanodollars) end
  if posted == 2 then outcome = 'begun' end
end
redis.call('ZADD', KEYS[5], now, call)
for _, old in ipairs(redis.call('ZRANGEBYSCORE', KEYS[5], '-inf', now - ${settledMilliseconds}, 'LIMIT', 0, 100)) do
  redis.call('ZREM', KEYS[5], old)
end
return { outcome }`);
