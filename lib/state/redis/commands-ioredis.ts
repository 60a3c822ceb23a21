import { createConnectionPool } from './connection-pool.ts';
import type { RedisClient, RedisScript } from './commands.ts';
import { isRefusedWrite } from './errors.ts';
import { lostMessage, openIoredis, unsentMessage, type IoredisClient, type IoredisTarget } from './open-ioredis.ts';

interface IoredisOptions extends IoredisTarget {
  /** A cluster has one connection to each node instead. */
  maxConnections: number;
  random?: () => number;
}

async function evaluate(
  client: IoredisClient,
  { source, sha1 }: RedisScript,
  keys: readonly string[],
  args: readonly string[],
): Promise<unknown> {
  try {
    return await client.evalsha(sha1, keys.length, ...keys, ...args);
  } catch (error) {
    if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error;
    return client.eval(source, keys.length, ...keys, ...args);
  }
}

/** What a lost connection left undone is done once more: a read, and whatever was not sent. */
async function again<T>(call: () => Promise<T>, { isRead }: { isRead: boolean }): Promise<T> {
  try {
    return await call();
  } catch (error) {
    const message = error instanceof Error ? error.message : '';
    if (message === unsentMessage || (isRead && message === lostMessage)) return call();
    throw error;
  }
}

/** Redis by its own protocol. Connects at once, in the background. */
export function createIoredisCommands(options: IoredisOptions): RedisClient {
  const { isCluster, maxConnections, random = Math.random } = options;
  const open = openIoredis(options);
  const createPool = () =>
    createConnectionPool<IoredisClient>({ open, maxConnections: isCluster ? 1 : maxConnections, random });
  let pool = createPool();
  let isClosed = false;

  return {
    hmget: (key, fields, signal) =>
      again(() => pool.use((client) => client.hmget(key, ...fields), signal), { isRead: true }),
    evaluate: (script, keys, args, signal) =>
      again(() => pool.use((client) => evaluate(client, script, keys, args), signal), { isRead: false }),
    async probe(signal) {
      const next = createPool();
      try {
        await next.use((client) => client.ping(), signal);
      } catch (error) {
        if (!isRefusedWrite(error)) {
          next.close();
          throw error;
        }
      }
      pool.close();
      pool = next;
      if (isClosed) pool.close();
    },
    drop: () => pool.close(),
    async close() {
      isClosed = true;
      pool.close();
    },
  };
}
