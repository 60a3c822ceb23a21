import { maxRowsOfDay } from '../rows-of-day.ts';

/**
 * Entries and the sums of their days. A day is `{ number, ledger, usage, lost }`, its number and its keys; an entry comes as a
 * `Posting`; `ledger` has the account's keys `days`, `usageDays`, `kept` and `partDays`. What is counted stays below 2^53, so
 * that Lua's numbers are exact; `%.0f` writes all their digits.
 */
export const ledgerLua = `
local function sum(day, posting, sign)
  local row = posting.row
  local before = redis.call('HGET', day.usage, row)
  if not before and redis.call('HLEN', day.usage) >= ${maxRowsOfDay} then
    row = posting.rowOfOthers
    before = redis.call('HGET', day.usage, row)
  end
  local sums = {}
  for text in string.gmatch(before or '0 0 0 0 0 0', '%d+') do
    local change = sign * tonumber(posting.counts[#sums + 1])
    sums[#sums + 1] = string.format('%.0f', math.max(0, tonumber(text) + change))
  end
  redis.call('HSET', day.usage, row, table.concat(sums, ' '))
end

-- With as many entries as are kept (\`most\`), one more is added up and not kept.
local function keep(day, member, ledger, most)
  if most and tonumber(redis.call('GET', ledger.kept) or '0') >= most then
    redis.call('ZADD', ledger.partDays, day.number, day.number)
    return
  end
  redis.call('ZADD', day.ledger, 0, member)
  redis.call('INCR', ledger.kept)
end

-- Gives 0 where the entry is there already, 2 where it is the first of its day, otherwise 1.
local function post(day, posting, ledger, most)
  local member = posting.id .. '\\n' .. posting.entry
  if redis.call('ZSCORE', day.ledger, member) then return 0 end
  keep(day, member, ledger, most)
  sum(day, posting, 1)
  redis.call('ZADD', ledger.usageDays, day.number, day.number)
  return 1 + redis.call('ZADD', ledger.days, day.number, day.number)
end

local function takeOut(day, posting, ledger)
  if redis.call('ZREM', day.ledger, posting.id .. '\\n' .. posting.entry) == 1 then
    redis.call('DECR', ledger.kept)
    sum(day, posting, -1)
  end
end
`;
