import { once } from 'node:events';
import { setPriority } from 'node:os';
import { startProcess, temporaryDirectory, type PlatformProcess } from '#tests/support/process.ts';

export interface Fleet {
  processes: PlatformProcess[];
  /** SIGKILL; resolves when it is gone. */
  kill(index: number): Promise<void>;
  urls: string[];
}

/** Processes started at once take as long together; more of them only wait for each other's start. */
const startedAtOnce = 4;
const niceness = 15;

/** So many processes of one function, on the store and the models that the variables name. */
export async function startFleet(count: number, env: NodeJS.ProcessEnv, entry: string): Promise<Fleet> {
  const processes: PlatformProcess[] = [];
  while (processes.length < count) {
    const some = Math.min(startedAtOnce, count - processes.length);
    const started = Array.from({ length: some }, () => startProcess(temporaryDirectory(), env, entry));
    processes.push(...(await Promise.all(started)));
  }
  // The provider, the store and the clients are not what is to be slow.
  for (const { child } of processes) if (child.pid !== undefined) setPriority(child.pid, niceness);
  const find = (index: number): PlatformProcess => {
    const found = processes[index];
    if (!found) throw new Error('There is no process');
    return found;
  };
  return {
    processes,
    async kill(index) {
      const { child } = find(index);
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
    urls: processes.map(({ url }) => url),
  };
}
