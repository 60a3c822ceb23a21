import type { RedisCommands } from './commands.ts';
import { createScript } from './create-script.ts';
import { parseTexts } from './replies.ts';

/** Gives the bytes in use and the most there may be, or nothing where the user may not ask. */
const memoryScript = createScript(`
local told = redis.pcall('INFO', 'memory')
if type(told) ~= 'string' then return {} end
return { string.match(told, '\\nused_memory:(%d+)'), string.match(told, '\\nmaxmemory:(%d+)') }`);

/** The share of its memory that a server uses, of a cluster any one; `undefined` where there is no limit or it is not told. */
export const createReadMemory =
  ({ evaluate }: Pick<RedisCommands, 'evaluate'>) =>
  async (signal: AbortSignal): Promise<number | undefined> => {
    const [used = 0, limit = 0] = parseTexts(await evaluate(memoryScript, [], [], signal)).map(Number);
    return limit === 0 ? undefined : used / limit;
  };
