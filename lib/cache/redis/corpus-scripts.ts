import { clockLua } from '#lib/state/redis/clock-lua.ts';
import { createScript } from '#lib/state/redis/create-script.ts';

/**
 * KEYS: version, writes. A version is never given twice, not even by a server that has forgotten all: it is at least the time.
 * What is removed is removed first, so that a server without room does not refuse the rest.
 */
const corpusLua = `${clockLua}
local function change()
  local version = math.max(now, tonumber(redis.call('GET', KEYS[1]) or 0) + 1)
  redis.call('SET', KEYS[1], string.format('%.0f', version))
end
if redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now) > 0 then change() end
`;

/** Gives the version and how many writes are under way. */
export const readCorpusScript = createScript(`${corpusLua}
return { tonumber(redis.call('GET', KEYS[1]) or 0), redis.call('ZCARD', KEYS[2]) }`);

/** ARGV: id, lifetime in ms. */
export const beginWriteScript = createScript(`${corpusLua}
redis.call('ZADD', KEYS[2], now + ARGV[2], ARGV[1])
change()
return 0`);

/** ARGV: id. */
export const endWriteScript = createScript(`${corpusLua}
redis.call('ZREM', KEYS[2], ARGV[1])
change()
return 0`);
