/**
 * Budgets, after `clockLua`. Amounts are texts: Lua would round them where it writes a number. A period lies after another one
 * where it is of the same form and its text does; one of another form replaces what there was. `paidFrom` is a list of owners
 * and periods in turn.
 */
export const budgetLua = `
-- A clock that is ahead by more than a day opens no period before its time.
local function believedPeriod(period)
  if #period ~= 7 and #period ~= 10 then return period end
  if period <= string.sub(dateOf(now + 86400000), 1, #period) then return period end
  return string.sub(dateOf(now), 1, #period)
end

local function openBudget(key, owner, claimed)
  local stored = redis.call('HMGET', key, owner .. ' period', owner .. ' spent', owner .. ' reserved')
  local period = believedPeriod(claimed)
  if not stored[1] or #stored[1] ~= #period or period > stored[1] then
    return { owner = owner, period = period, used = 0, isNew = true }
  end
  return { owner = owner, period = stored[1], used = tonumber(stored[2]) + tonumber(stored[3]) }
end

local function startPeriod(key, owner, period, spent, reserved)
  redis.call('HSET', key, owner .. ' period', period, owner .. ' spent', spent, owner .. ' reserved', reserved)
end

local function reserve(key, budget, amount)
  if budget.isNew then return startPeriod(key, budget.owner, budget.period, '0', amount) end
  redis.call('HINCRBY', key, budget.owner .. ' reserved', amount)
end

-- Takes an amount back out of a field of those budgets whose period is still under way.
local function takeBack(key, paidFrom, field, amount)
  if amount == '0' then return end
  for i = 1, #paidFrom, 2 do
    if redis.call('HGET', key, paidFrom[i] .. ' period') == paidFrom[i + 1] then
      local name = paidFrom[i] .. ' ' .. field
      if redis.call('HINCRBY', key, name, '-' .. amount) < 0 then redis.call('HSET', key, name, '0') end
    end
  end
end

-- What belongs to an earlier period, or to one that was replaced, is not counted in the one under way.
local function spend(key, paidFrom, amount)
  for i = 1, #paidFrom, 2 do
    local owner, period = paidFrom[i], paidFrom[i + 1]
    local stored = redis.call('HGET', key, owner .. ' period')
    if stored == period then
      redis.call('HINCRBY', key, owner .. ' spent', amount)
    elseif not stored or (#stored == #period and period > stored) then
      startPeriod(key, owner, period, amount, '0')
    end
  end
end
`;
