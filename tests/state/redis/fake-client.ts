import type { RedisClient } from '#lib/state/redis/commands.ts';

export interface FakeClient extends RedisClient {
  /** What each call gives from now on: an answer, an error, or nothing at all. */
  answer: unknown;
  isSilent: boolean;
  calls: number;
  probes: number;
  drops: number;
}

/** A client that answers as it is told to. */
export function createFakeClient(): FakeClient {
  async function reply(signal: AbortSignal): Promise<unknown> {
    if (client.isSilent) {
      await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    }
    if (client.answer instanceof Error) throw client.answer;
    return client.answer;
  }
  const client: FakeClient = {
    answer: ['value', '1'],
    isSilent: false,
    calls: 0,
    probes: 0,
    drops: 0,
    hmget(_key, _fields, signal) {
      client.calls += 1;
      return reply(signal);
    },
    evaluate(_script, _keys, _args, signal) {
      client.calls += 1;
      return reply(signal);
    },
    async probe(signal) {
      client.probes += 1;
      await reply(signal);
    },
    drop: () => void (client.drops += 1),
    close: async () => undefined,
  };
  return client;
}
