/** A Lua script and the name under which a server that has seen it knows it. */
export interface RedisScript {
  readonly source: string;
  readonly sha1: string;
}

/** What the store needs of Redis. Keys of one call lie in one slot, and every key a script touches is among `keys`. */
export interface RedisCommands {
  hmget(key: string, fields: readonly string[], signal: AbortSignal): Promise<unknown>;
  evaluate(
    script: RedisScript,
    keys: readonly string[],
    args: readonly string[],
    signal: AbortSignal,
  ): Promise<unknown>;
  close(): Promise<void>;
}

/** A client of a Redis server: its errors are the server's or the network's own. A call ends when its signal aborts. */
export interface RedisClient extends RedisCommands {
  /** Resolves when the server answers, on a connection that is new. */
  probe(signal: AbortSignal): Promise<void>;
  /** Ends all connections; `probe` opens one again. */
  drop(): void;
}
