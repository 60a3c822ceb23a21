import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

export type FaultMode =
  | 'pass'
  /** Refuses connections, and resets those there are. */
  | 'down'
  /** Accepts connections and swallows what comes. */
  | 'blackhole'
  /** Resets a connection in the middle of an answer. */
  | 'reset'
  /** The connections there are go silent for good; new ones work. */
  | 'halfOpen'
  /** Holds each part of an answer back for so many milliseconds. */
  | { slow: number };

export interface FaultProxy {
  host: string;
  port: number;
  setMode(mode: FaultMode): Promise<void>;
  /** Connections accepted so far. */
  connections: number;
  /** Parts received from clients so far: what is sent alone is one. */
  received: number;
  /** Connections that are open now. */
  readonly open: number;
}

interface Pair {
  client: Socket;
  server: Socket;
  isSilent: boolean;
}

interface FaultProxyOptions {
  host?: string;
  port: number;
  /** When it is to end: `afterAll` in the body of a suite; with the test unless said otherwise. */
  endWith?: (end: () => Promise<void>) => void;
}

async function listen(server: Server, port: number): Promise<number> {
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

/** A TCP proxy in front of a server, whose network can be broken and mended while it runs. */
export async function startFaultProxy(target: FaultProxyOptions): Promise<FaultProxy> {
  const { host = '127.0.0.1', port: targetPort, endWith = onTestFinished } = target;
  const pairs = new Set<Pair>();
  const timers = new Set<NodeJS.Timeout>();
  let mode: FaultMode = 'pass';

  function resetAll(): void {
    for (const { client, server } of pairs) {
      client.resetAndDestroy();
      server.destroy();
    }
  }

  function answer(pair: Pair, part: Buffer): void {
    if (pair.isSilent || mode === 'blackhole') return;
    if (mode === 'reset') {
      pair.client.write(part.subarray(0, part.length / 2), () => pair.client.resetAndDestroy());
    } else if (typeof mode === 'object') {
      const timer = setTimeout(() => {
        timers.delete(timer);
        if (!pair.isSilent) pair.client.write(part);
      }, mode.slow);
      timers.add(timer);
    } else pair.client.write(part);
  }

  const listener = createServer((client) => {
    proxy.connections += 1;
    const pair: Pair = { client, server: connect(targetPort, host), isSilent: mode === 'blackhole' };
    const { server } = pair;
    pairs.add(pair);
    client.on('data', (part: Buffer) => {
      proxy.received += 1;
      if (!pair.isSilent && mode !== 'blackhole') server.write(part);
    });
    server.on('data', (part: Buffer) => answer(pair, part));
    client.on('error', () => undefined);
    server.on('error', () => undefined);
    client.on('close', () => {
      pairs.delete(pair);
      server.destroy();
    });
    server.on('close', () => {
      if (!pair.isSilent) client.end();
    });
  });
  const port = await listen(listener, 0);

  const proxy: FaultProxy = {
    host: '127.0.0.1',
    port,
    connections: 0,
    received: 0,
    get open() {
      return pairs.size;
    },
    async setMode(next) {
      mode = next;
      if (next === 'halfOpen' || next === 'blackhole') for (const pair of pairs) pair.isSilent = true;
      if (next === 'down') {
        listener.close();
        resetAll();
      } else if (!listener.listening) await listen(listener, port);
    },
  };

  endWith(async () => {
    for (const timer of timers) clearTimeout(timer);
    listener.close();
    resetAll();
  });
  return proxy;
}
