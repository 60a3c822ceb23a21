import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { onTestFinished, vi } from 'vitest';
import { findFreePort } from './free-port.ts';
import { startRedisServer, type RedisServer, type RedisServerOptions } from './redis-server.ts';

export interface RedisCluster {
  nodes: RedisServer[];
  /** The URLs of all nodes, between commas. */
  url: string;
  /** Resolves when all nodes know each other and serve. */
  settle(): Promise<void>;
}

const run = promisify(execFile);

/** Three masters that share the slots. */
export async function startRedisCluster(options: Pick<RedisServerOptions, 'endWith'> = {}): Promise<RedisCluster> {
  const { endWith = onTestFinished } = options;
  const nodes: RedisServer[] = [];
  for (let count = 0; count < 3; count += 1) {
    const config = {
      'cluster-enabled': 'yes',
      'cluster-node-timeout': '2000',
      'cluster-port': String(await findFreePort()),
    };
    nodes.push(await startRedisServer({ config, endWith }));
  }
  const addresses = nodes.map(({ host, port }) => `${host}:${port}`);
  await run('redis-cli', ['--cluster', 'create', ...addresses, '--cluster-yes']);
  const settle = async (): Promise<void> => {
    await vi.waitFor(
      async () => {
        for (const node of nodes) {
          const info = String(await node.command('CLUSTER', 'INFO'));
          if (!info.includes('cluster_state:ok') || !info.includes('cluster_known_nodes:3')) {
            throw new Error('The cluster does not come up');
          }
        }
      },
      { timeout: 30_000, interval: 50 },
    );
  };
  await settle();
  return { nodes, url: nodes.map(({ url }) => url).join(','), settle };
}
