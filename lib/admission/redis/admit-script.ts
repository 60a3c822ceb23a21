import { clockLua } from '#lib/state/redis/clock-lua.ts';
import { createScript } from '#lib/state/redis/create-script.ts';
import { placeRetryMilliseconds } from '../place-retry.ts';
import { budgetLua } from './budget-lua.ts';
import { windowLua } from './window-lua.ts';

/**
 * KEYS: requests, tokens, leases, expiry, budgets. ARGV: lease, call, lifetime in ms; requests and tokens per minute, concurrent
 * requests, each '' without a limit; tokens, amount, day of the posting, posting; owner, period, limit and '1' for a hard one of
 * each budget. Gives what it is refused by or '', when to try again or -1, remaining and reset in ms of requests and of tokens,
 * and how many leases wait to be ended. A refused claim writes nothing.
 */
export const admitScript = createScript(`${clockLua}${windowLua}${budgetLua}
local lease, call, lifetime = ARGV[1], ARGV[2], tonumber(ARGV[3])
local requestLimit, tokenLimit, concurrency = tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])
local tokens, amount = math.min(tonumber(ARGV[7]), tokenLimit or 0), ARGV[8]
local requestWindow = requestLimit and openWindow(KEYS[1])
local tokenWindow = tokenLimit and openWindow(KEYS[2])

local function standing(window, limit)
  if not window then return -1, -1 end
  local reset = window.total > 0 and untilGone(window.first) or 0
  return math.max(0, limit - window.total), reset
end

local function answer(refusal, retry)
  local requests, requestReset = standing(requestWindow, requestLimit)
  local left, tokenReset = standing(tokenWindow, tokenLimit)
  local expired = redis.call('ZCOUNT', KEYS[4], '-inf', now)
  return { refusal, retry, requests, requestReset, left, tokenReset, expired }
end

if requestWindow and requestWindow.total + 1 > requestLimit then
  return answer('requests', untilLess(requestWindow, requestWindow.total + 1 - requestLimit))
end
if tokenWindow and tokenWindow.total + tokens > tokenLimit then
  return answer('tokens', untilLess(tokenWindow, tokenWindow.total + tokens - tokenLimit))
end
if concurrency and redis.call('ZCOUNT', KEYS[4], '(' .. now, '+inf') >= concurrency then
  return answer('concurrency', ${placeRetryMilliseconds})
end
local budgets = {}
for i = 11, #ARGV, 4 do
  local budget = openBudget(KEYS[5], ARGV[i], ARGV[i + 1])
  local worst = tonumber(amount)
  if ARGV[i + 3] == '1' and worst > 0 and budget.used + worst > tonumber(ARGV[i + 2]) then return answer('budget', -1) end
  budgets[#budgets + 1] = budget
end

if requestWindow then addTo(requestWindow, 1) end
if tokenWindow then addTo(tokenWindow, tokens) end
local paidFrom = {}
for _, budget in ipairs(budgets) do
  reserve(KEYS[5], budget, amount)
  paidFrom[#paidFrom + 1] = budget.owner
  paidFrom[#paidFrom + 1] = budget.period
end
redis.call('HSET', KEYS[3], lease, cjson.encode({
  call = call, amount = amount, paidFrom = paidFrom, day = ARGV[9], posting = ARGV[10],
  step = tokenWindow and tokenWindow.step, tokens = tokenWindow and tokens,
}))
redis.call('ZADD', KEYS[4], now + lifetime, lease)
return answer('', -1)`);
