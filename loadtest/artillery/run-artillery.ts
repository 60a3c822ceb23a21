import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { LoadOptions } from './options.ts';
import { toVariables } from './variables.ts';

interface ArtilleryRun {
  options: LoadOptions;
  planFile: string;
  /** Where Artillery writes what it has counted. */
  outputFile: string;
}

/** Start-up, the last requests' time limit and the writing of the output. */
const spareSeconds = 120;

const artillery = fileURLToPath(new URL('./bin/run', import.meta.resolve('artillery/package.json')));

/** Runs the scenario to its end; true where Artillery's own checks have passed. */
export async function runArtillery(
  { options, planFile, outputFile }: ArtilleryRun,
  signal: AbortSignal,
): Promise<boolean> {
  const script = join(import.meta.dirname, `${options.scenario}.yml`);
  const limit = AbortSignal.timeout((options.seconds + options.idleSeconds + spareSeconds) * 1000);
  const child = spawn(process.execPath, [artillery, 'run', script, '--output', outputFile, '--quiet'], {
    // Nothing else of the environment: a proxy's or a reporter's variables would change what is measured.
    env: {
      PATH: process.env['PATH'],
      HOME: process.env['HOME'],
      ARTILLERY_DISABLE_TELEMETRY: 'true',
      LOAD_PLAN: planFile,
      ...toVariables(options),
    },
    stdio: ['ignore', 'inherit', 'inherit'],
    signal: AbortSignal.any([signal, limit]),
  });
  const [code]: unknown[] = await once(child, 'exit');
  return code === 0;
}
