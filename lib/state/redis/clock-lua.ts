/** Begins a script that needs the server's clock: `now` in milliseconds, and dates in UTC. */
export const clockLua = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

-- 'YYYY-MM-DD', by the algorithm of http://howardhinnant.github.io/date_algorithms.html#civil_from_days
local function dateOf(milliseconds)
  local days = math.floor(milliseconds / 86400000) + 719468
  local era = math.floor(days / 146097)
  local ofEra = days - era * 146097
  local year = math.floor(
    (ofEra - math.floor(ofEra / 1460) + math.floor(ofEra / 36524) - math.floor(ofEra / 146096)) / 365)
  local ofYear = ofEra - (365 * year + math.floor(year / 4) - math.floor(year / 100))
  local fromMarch = math.floor((5 * ofYear + 2) / 153)
  local day = ofYear - math.floor((153 * fromMarch + 2) / 5) + 1
  local month = fromMarch < 10 and fromMarch + 3 or fromMarch - 9
  return string.format('%04d-%02d-%02d', year + era * 400 + (month <= 2 and 1 or 0), month, day)
end
`;
