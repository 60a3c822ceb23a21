import { execFile } from 'node:child_process';
import { clusterEnvironment } from './environment.ts';

export interface ScriptOutcome {
  code: number;
  output: string;
}

/** Runs a command of the project as an operator does, against the cluster under test. */
export const runScript = (
  file: string,
  args: string[],
  { env = {}, seconds = 280 }: { env?: NodeJS.ProcessEnv; seconds?: number } = {},
): Promise<ScriptOutcome> =>
  new Promise((resolve) => {
    execFile(
      process.execPath,
      [file, ...args],
      {
        env: { ...process.env, KUBECONFIG: clusterEnvironment.KUBECONFIG, ...env },
        timeout: seconds * 1000,
        maxBuffer: 16 * 1024 * 1024,
      },
      (error, stdout, stderr) => resolve({ code: error ? Number(error.code ?? 1) : 0, output: stdout + stderr }),
    );
  });
