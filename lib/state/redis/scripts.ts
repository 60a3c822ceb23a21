import { createScript } from './create-script.ts';

/**
 * KEYS: record, ids, expiry, collections. ARGV: value, expected version or '', lifetime in ms or '', id, prefix.
 * Gives 1, or 0 where the version is another. HSET comes first: a server without room refuses the first
 * write of a script and none after it. Each put sweeps some of what has expired.
 */
export const putScript = createScript(`
local version = redis.call('HGET', KEYS[1], 'version') or '0'
if ARGV[2] ~= '' and ARGV[2] ~= version then return 0 end
redis.call('HSET', KEYS[1], 'value', ARGV[1], 'version', version + 1)
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
if ARGV[3] == '' then
  redis.call('PERSIST', KEYS[1])
  redis.call('ZREM', KEYS[3], ARGV[4])
else
  redis.call('PEXPIRE', KEYS[1], ARGV[3])
  redis.call('ZADD', KEYS[3], now + ARGV[3], ARGV[4])
end
redis.call('ZADD', KEYS[2], 0, ARGV[4])
redis.call('SADD', KEYS[4], ARGV[5])
for _, id in ipairs(redis.call('ZRANGEBYSCORE', KEYS[3], '-inf', now, 'LIMIT', 0, 100)) do
  redis.call('ZREM', KEYS[2], id)
  redis.call('ZREM', KEYS[3], id)
end
return 1`);

const forgetEmptyCollection = `
if redis.call('EXISTS', KEYS[1]) == 0 then redis.call('SREM', KEYS[3], ARGV[1]) end`;

/** KEYS: ids, expiry, collections, records. ARGV: prefix, the records' ids. Gives how many records there were. */
export const removeScript = createScript(`
local removed = 0
for i = 2, #ARGV do
  removed = removed + redis.call('DEL', KEYS[i + 2])
  redis.call('ZREM', KEYS[1], ARGV[i])
  redis.call('ZREM', KEYS[2], ARGV[i])
end${forgetEmptyCollection}
return removed`);

/** KEYS and ARGV as for a removal. Takes records that have expired or were evicted out of the index. */
export const forgetScript = createScript(`
for i = 2, #ARGV do
  if redis.call('EXISTS', KEYS[i + 2]) == 0 then
    redis.call('ZREM', KEYS[1], ARGV[i])
    redis.call('ZREM', KEYS[2], ARGV[i])
  end
end${forgetEmptyCollection}
return 0`);

/** KEYS: ids. ARGV: lower bound, most ids. Gives ids in the order of their bytes, which is that of their code points. */
export const idsScript = createScript(`return redis.call('ZRANGEBYLEX', KEYS[1], ARGV[1], '+', 'LIMIT', 0, ARGV[2])`);

/** KEYS: records. Gives value and version of each, one after the other, nothing for those that are gone. */
export const readScript = createScript(`
local found = {}
for i = 1, #KEYS do
  local record = redis.call('HMGET', KEYS[i], 'value', 'version')
  found[2 * i - 1] = record[1]
  found[2 * i] = record[2]
end
return found`);

/** KEYS: collections. Gives the prefixes. */
export const collectionsScript = createScript(`return redis.call('SMEMBERS', KEYS[1])`);

/** KEYS: what is to go. */
export const unlinkScript = createScript(`return redis.call('UNLINK', unpack(KEYS))`);
