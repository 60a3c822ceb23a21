import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { findFreePort } from '#tests/support/free-port.ts';
import { clusterEnvironment } from './environment.ts';
import { kubectl, namespace } from './kubectl.ts';

const run = promisify(execFile);
const page = readFileSync('docs/operations/troubleshooting.md', 'utf8');

/** The commands of a section of the page, in their order. */
function readCommands(title: string): string {
  const [, section = ''] = page.split(`\n## ${title}\n`);
  const [, commands] = /^```sh\n([^]*?)^```/m.exec(section.split('\n## ', 1)[0] ?? '') ?? [];
  if (commands === undefined) throw new Error(`The page has no commands for ${title}`);
  return commands;
}

/** The sections that have commands, but for what these share. */
export const runbookSections: readonly string[] = page
  .split('\n## ')
  .slice(1)
  .filter((section) => section.includes('\n```sh\n'))
  .map((section) => section.split('\n', 1)[0] ?? '')
  .filter((title) => title !== 'Tools');

/** What the page defines for its other sections, without what it does with that. */
const readTools = (): string =>
  readCommands('Tools')
    .split('\n')
    .filter((line) => /^(?:\w+\(\)| |\})/.test(line))
    .join('\n');

export interface Step {
  command: string;
  /** What it printed, its complaints among it. */
  output: string;
}

export interface Runbook {
  /** Runs each command of a section; `names` are put in the place of those that the page has as examples. */
  follow(title: string, names?: Readonly<Record<string, string>>): Promise<Step[]>;
  close(): Promise<void>;
}

async function forwardPrometheus(env: NodeJS.ProcessEnv): Promise<{ port: number; close: () => Promise<void> }> {
  const port = await findFreePort();
  const child = spawn('kubectl', ['port-forward', 'svc/prometheus', `${port}:9090`], { env });
  await once(child.stdout, 'data', { signal: AbortSignal.timeout(30_000) });
  child.stdout.resume();
  child.stderr.resume();
  return {
    port,
    async close() {
      const ended = once(child, 'close');
      if (child.kill()) await ended;
    },
  };
}

/** The page with the commands for trouble, as an operator of the cluster under test has it before them. */
export async function openRunbook(): Promise<Runbook> {
  const folder = mkdtempSync(join(tmpdir(), 'runbook-'));
  const env = { ...process.env, KUBECONFIG: join(folder, 'config') };
  await run('cp', [clusterEnvironment.KUBECONFIG, env.KUBECONFIG]);
  await run('kubectl', ['config', 'set-context', '--current', '--namespace', namespace], { env });
  const prometheus = await forwardPrometheus(env);
  const tools = readTools();

  async function runCommand(command: string): Promise<Step> {
    const script = `${tools}\n{ ${command}\n} 2>&1`.replaceAll('localhost:9090/', `localhost:${prometheus.port}/`);
    const options = { env, timeout: 60_000, maxBuffer: 64 * 1024 * 1024 };
    // What it complains of is said in its output.
    const { stdout } = await run('bash', ['-c', script], options).catch((error: { stdout: string }) => error);
    return { command, output: stdout };
  }

  return {
    async follow(title, names = {}) {
      let commands = readCommands(title);
      for (const [example, name] of Object.entries(names)) commands = commands.replaceAll(example, name);
      const steps: Step[] = [];
      for (const command of commands.trim().split('\n')) steps.push(await runCommand(command));
      return steps;
    },
    async close() {
      await prometheus.close();
      rmSync(folder, { recursive: true });
    },
  };
}

/** Sets how many pods a StatefulSet has, and waits until they are there. */
export async function scale(name: string, replicas: number): Promise<void> {
  await kubectl('scale', `statefulset/${name}`, `--replicas=${replicas}`);
  if (replicas === 0) await kubectl('wait', '--for=delete', `pod/${name}-0`, '--timeout=120s');
  else await kubectl('rollout', 'status', `statefulset/${name}`, '--timeout=240s');
}
