import { Redis } from '@upstash/redis';
import type { RedisClient } from './commands.ts';
import { isRefusedWrite } from './errors.ts';

interface UpstashOptions {
  url: string;
  token: string;
}

/** Redis over HTTP, for where no connection can be kept. */
export function createUpstashCommands({ url, token }: UpstashOptions): RedisClient {
  // The client asks for its signal before its first await, so that each call is given its own.
  let current: AbortSignal = AbortSignal.abort();
  const redis = new Redis({
    url,
    token,
    automaticDeserialization: false,
    enableAutoPipelining: false,
    enableTelemetry: false,
    retry: { retries: 0 },
    signal: () => current,
  });

  function send(command: [name: string, ...args: string[]], signal: AbortSignal): Promise<unknown> {
    current = signal;
    return redis.exec(command);
  }

  return {
    hmget: (key, fields, signal) => send(['HMGET', key, ...fields], signal),
    async evaluate({ source, sha1 }, keys, args, signal) {
      const rest = [String(keys.length), ...keys, ...args];
      try {
        return await send(['EVALSHA', sha1, ...rest], signal);
      } catch (error) {
        if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error;
        return send(['EVAL', source, ...rest], signal);
      }
    },
    async probe(signal) {
      await send(['PING'], signal).catch((error: unknown) => {
        if (!isRefusedWrite(error)) throw error;
      });
    },
    // A request that was given up took its connection with it.
    drop: () => undefined,
    close: async () => undefined,
  };
}
