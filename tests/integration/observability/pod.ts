import { once } from 'node:events';
import { findFreePort } from '#tests/support/free-port.ts';
import { startProcess, type PlatformProcess } from '#tests/support/process.ts';

export interface Pod {
  metricsPort: number;
  /** Of the process that runs now. */
  readonly url: string;
  /** Its metrics, as Prometheus reads them. */
  expose(): Promise<string>;
  post(path: string, token: string, body: object, headers?: Record<string, string>): Promise<number>;
  /** Told to, as Knative does; until it has ended. */
  end(): Promise<void>;
  /** Takes another process's place at the same addresses, as a new pod does. */
  replace(env?: NodeJS.ProcessEnv): Promise<void>;
}

/** All functions in a process of their own, with metrics on a port that stays. */
export async function startPod(directory: string, env: NodeJS.ProcessEnv): Promise<Pod> {
  const metricsPort = await findFreePort();
  const open = (changes: NodeJS.ProcessEnv): Promise<PlatformProcess> =>
    startProcess(directory, {
      METRICS_PORT: String(metricsPort),
      TENANT_AUTO_CREATE: 'true',
      CACHE_TTL_SECONDS: '0',
      LOG_LEVEL: 'info',
      ...env,
      ...changes,
    });
  let current = await open({});
  return {
    metricsPort,
    get url() {
      return current.url;
    },
    async expose() {
      const signal = AbortSignal.timeout(10_000);
      return (await fetch(`http://127.0.0.1:${metricsPort}/metrics`, { signal })).text();
    },
    /** The status; 0 where there was none, or where the answer was cut off. */
    async post(path, token, body, headers = {}) {
      try {
        const response = await fetch(`${current.url}${path}`, {
          method: 'POST',
          headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers },
          body: JSON.stringify(body),
          signal: AbortSignal.timeout(20_000),
        });
        await response.text();
        return response.status;
      } catch {
        return 0;
      }
    },
    async end() {
      const ended = once(current.child, 'exit');
      current.child.kill('SIGTERM');
      await ended;
    },
    async replace(changes = {}) {
      const ended = once(current.child, 'exit');
      current.child.kill('SIGKILL');
      await ended;
      current = await open(changes);
    },
  };
}
