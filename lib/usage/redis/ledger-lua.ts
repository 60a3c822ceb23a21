import { maxRowsOfDay } from '../rows-of-day.ts';

/**
 * Entries and the sums of their days. A day is `{ number, ledger, usage, lost }`, its number and its keys; an entry comes as a
 * `Posting`. What is counted stays below 2^53, so that Lua's numbers are exact; `%.0f` writes all their digits.
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

-- Gives 0 where the entry is there already, 2 where it is the first of its day, otherwise 1.
local function post(day, posting, ledgerDays, usageDays)
  if redis.call('ZADD', day.ledger, 0, posting.id .. '\\n' .. posting.entry) == 0 then return 0 end
  sum(day, posting, 1)
  redis.call('ZADD', usageDays, day.number, day.number)
  return 1 + redis.call('ZADD', ledgerDays, day.number, day.number)
end

local function takeOut(day, posting)
  if redis.call('ZREM', day.ledger, posting.id .. '\\n' .. posting.entry) == 1 then sum(day, posting, -1) end
end
`;
