import { Cluster, Redis, type RedisOptions } from 'ioredis';
import { abortable } from '#lib/core/abort.ts';
import type { RedisAddress } from '../redis-url.ts';
import type { Connection } from './connection-pool.ts';

/** What `Redis` and `Cluster` have in common. */
export interface IoredisClient {
  hmget(key: string, ...fields: string[]): Promise<unknown>;
  eval(script: string, keyCount: number, ...keysAndArguments: string[]): Promise<unknown>;
  evalsha(sha1: string, keyCount: number, ...keysAndArguments: string[]): Promise<unknown>;
  ping(): Promise<unknown>;
}

export interface IoredisTarget {
  addresses: readonly RedisAddress[];
  isCluster: boolean;
  /** Wins over the address's own. */
  password: string | undefined;
}

/** The client's words for a command that it did not send, and for one whose connection was lost before its answer. */
export const unsentMessage = "Stream isn't writeable and enableOfflineQueue options is false";
export const lostMessage = 'Connection is closed.';

const isLostConnection = (error: unknown): boolean =>
  error instanceof Error && [unsentMessage, lostMessage].includes(error.message);

type Open = (onEnd: () => void, signal: AbortSignal) => Promise<Connection<IoredisClient>>;

/** No queue, no retry, no reconnection of the client's own: the pool replaces what is lost. */
const toOptions = ({ username, password, isTls }: RedisAddress, given: string | undefined) =>
  ({
    ...(username === undefined ? {} : { username }),
    ...((given ?? password) === undefined ? {} : { password: given ?? password }),
    ...(isTls ? { tls: {} } : {}),
    connectionName: 'genai',
    connectTimeout: 1_000,
    disconnectTimeout: 100,
    keepAlive: 10_000,
    // The handshake is as short as can be, and servers before 6 need no second attempt.
    protocol: 2,
    disableClientInfo: true,
    enableReadyCheck: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    lazyConnect: true,
  }) satisfies RedisOptions;

interface Candidate extends Pick<Connection<IoredisClient>, 'isLost'> {
  client: (Redis | Cluster) & IoredisClient;
  ready: () => Promise<unknown>;
}

/** Settles when the connection is usable. What made it fail is told by an event, not by the rejection. */
async function connect(
  { client, ready, isLost }: Candidate,
  onEnd: () => void,
  signal: AbortSignal,
): Promise<Connection<IoredisClient>> {
  let failure: unknown;
  client.on('error', (error: unknown) => {
    failure ??= error;
  });
  client.once('end', onEnd);
  try {
    await abortable(ready(), signal);
  } catch (error) {
    client.disconnect();
    throw failure ?? error;
  }
  return { client, isLost, close: () => client.disconnect() };
}

function openServer({ addresses, password }: IoredisTarget): Open {
  return async (onEnd, signal) => {
    const [address] = addresses;
    if (!address) throw new Error('There is no address');
    const { host, port, database } = address;
    const redis = new Redis({
      ...toOptions(address, password),
      host,
      port,
      db: database,
      enableOfflineQueue: false,
      retryStrategy: null,
    });
    return connect({ client: redis, ready: () => redis.connect(), isLost: isLostConnection }, onEnd, signal);
  };
}

/** One connection to each node. */
function openCluster({ addresses, password }: IoredisTarget): Open {
  return async (onEnd, signal) => {
    const [first] = addresses;
    if (!first) throw new Error('There is no address');
    const cluster = new Cluster(
      addresses.map(({ host, port }) => ({ host, port })),
      {
        redisOptions: toOptions(first, password),
        lazyConnect: true,
        enableOfflineQueue: false,
        clusterRetryStrategy: () => null,
        // Names stay names, for TLS, and are looked up with each connection.
        dnsLookup: (address, callback) => callback(null, address),
        slotsRefreshInterval: 30_000,
        // What moves is found again inside a call's budget, or the call fails.
        maxRedirections: 5,
        retryDelayOnFailover: 20,
        retryDelayOnTryAgain: 20,
        retryDelayOnClusterDown: 0,
      },
    );
    const ready = async () => {
      await cluster.connect();
      await Promise.allSettled(cluster.nodes('master').map((node) => node.ping()));
    };
    // One node's connection is not the cluster's.
    return connect({ client: cluster, ready, isLost: () => cluster.status !== 'ready' }, onEnd, signal);
  };
}

export const openIoredis = (target: IoredisTarget): Open =>
  target.isCluster ? openCluster(target) : openServer(target);
