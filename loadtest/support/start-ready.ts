import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { request } from 'node:http';
import { createServer, type AddressInfo } from 'node:net';

export interface ReadyProcess {
  url: string;
  pid: number;
  /** From its spawn to the first 200 of `/readyz`. */
  milliseconds: number;
  /** Sends SIGTERM, and waits. */
  end(): Promise<void>;
}

/** Two ports that were free a moment ago, and are not the same. */
async function freePorts(): Promise<[number, number]> {
  const servers = [createServer().listen(0), createServer().listen(0)] as const;
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const [one, other] = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return [one ?? 0, other ?? 0];
}

function isReady(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const call = request({ port, host: '127.0.0.1', path: '/readyz', agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    call.on('error', () => resolve(false));
    call.end();
  });
}

/** Runs a server whose log nobody reads, and asks it until it is ready. */
export async function startReady(script: string, env: NodeJS.ProcessEnv): Promise<ReadyProcess> {
  const [port, metricsPort] = await freePorts();
  const all = { PATH: process.env['PATH'], PORT: String(port), METRICS_PORT: String(metricsPort), ...env };
  const started = performance.now();
  const child = spawn(process.execPath, [script], { env: all, stdio: ['ignore', 'ignore', 'inherit'] });
  while (!(await isReady(port))) {
    if (child.exitCode !== null) throw new Error(`${script} ended`);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  const milliseconds = performance.now() - started;
  return {
    url: `http://127.0.0.1:${port}`,
    pid: child.pid ?? 0,
    milliseconds,
    async end() {
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
    },
  };
}
