import { stepMilliseconds, windowSteps } from '../rate-window.ts';

/**
 * Sliding windows, after `clockLua`. `openWindow` reads only; steps that have left the window are dropped with the next
 * count. Between `first` and `last` there are never more steps than the window has.
 */
export const windowLua = `
local function countsOf(key, first, last)
  local steps = {}
  for step = first, last do steps[#steps + 1] = string.format('%.0f', step) end
  return steps, #steps > 0 and redis.call('HMGET', key, unpack(steps)) or {}
end

local function openWindow(key)
  local state = redis.call('HMGET', key, 'total', 'first', 'last')
  local last = tonumber(state[3] or 0)
  local step = math.max(math.floor(now / ${stepMilliseconds}), last)
  local window = {
    key = key, step = step, last = last, gone = {},
    total = tonumber(state[1] or 0), first = tonumber(state[2] or step),
  }
  if window.first > step - ${windowSteps} then return window end
  local steps, counts = countsOf(key, window.first, last)
  for i = 1, #steps do
    local count = tonumber(counts[i] or 0)
    if window.first > step - ${windowSteps} and count > 0 then break end
    if window.first <= step - ${windowSteps} then window.total = window.total - count end
    window.gone[i] = steps[i]
    window.first = window.first + 1
  end
  if window.first > last then window.first = step end
  return window
end

local function untilGone(step) return (step + ${windowSteps}) * ${stepMilliseconds} - now end

local function untilLess(window, excess)
  local steps, counts = countsOf(window.key, window.first, window.last)
  local sum = 0
  for i = 1, #steps do
    sum = sum + tonumber(counts[i] or 0)
    if sum >= excess then return untilGone(tonumber(steps[i])) end
  end
  return ${windowSteps * stepMilliseconds}
end

local function addTo(window, amount)
  redis.call('HINCRBY', window.key, string.format('%.0f', window.step), string.format('%.0f', amount))
  if #window.gone > 0 then redis.call('HDEL', window.key, unpack(window.gone)) end
  window.total = window.total + amount
  redis.call('HSET', window.key, 'total', string.format('%.0f', window.total),
    'first', string.format('%.0f', window.first), 'last', string.format('%.0f', window.step))
end

-- A count of a step that is still in the window becomes another one.
local function correct(key, step, difference)
  local state = redis.call('HMGET', key, 'total', 'first', 'last', string.format('%.0f', step))
  local last = math.max(step, tonumber(state[3] or step))
  local isGone = step <= math.max(last, math.floor(now / ${stepMilliseconds})) - ${windowSteps}
  if difference == 0 or isGone then return end
  local before = tonumber(state[4] or 0)
  local after = math.max(0, before + difference)
  redis.call('HSET', key, string.format('%.0f', step), string.format('%.0f', after),
    'total', string.format('%.0f', math.max(0, tonumber(state[1] or 0) + after - before)),
    'first', string.format('%.0f', math.min(step, tonumber(state[2] or step))),
    'last', string.format('%.0f', last))
end
`;
