import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { testSecret } from '#tests/support/platform.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

export interface ServerProcess {
  /** Everything it wrote, on both streams. */
  output(): string;
  /** The events of its log. */
  events(): Record<string, unknown>[];
  exited: Promise<number | null>;
  /** Sends SIGTERM, as Knative does. */
  terminate(): void;
  /** Ends it at once and removes its files. */
  stop(): Promise<void>;
}

export interface RunningServer extends ServerProcess {
  url: string;
  port: number;
  metricsUrl: string;
}

/** Runs a program of the project with this environment alone. */
export function run(program: string, env: Record<string, string> = {}): ServerProcess {
  const directory = mkdtempSync(join(tmpdir(), 'genai-process-'));
  const defaults = { PORT: '0', METRICS_PORT: '0', DATA_DIR: directory };
  const child = spawn(process.execPath, [program], { cwd: root, env: { ...defaults, ...env } });
  let output = '';
  const events: Record<string, unknown>[] = [];
  const exited = new Promise<number | null>((resolve) => void child.on('close', (code) => resolve(code)));
  createInterface(child.stdout).on('line', (line) => {
    output += `${line}\n`;
    if (line.startsWith('{')) events.push(JSON.parse(line));
  });
  child.stderr.setEncoding('utf8').on('data', (text) => {
    output += text;
  });
  return {
    output: () => output,
    events: () => events,
    exited,
    terminate: () => void child.kill('SIGTERM'),
    async stop() {
      child.kill('SIGKILL');
      await exited;
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** The whole platform in a process of its own, once it listens. */
export async function startServer(env: Record<string, string> = {}): Promise<RunningServer> {
  const server = run('functions/dev.ts', { JWT_SECRET: testSecret, ...env });
  let hasExited = false;
  void server.exited.then(() => {
    hasExited = true;
  });
  for (;;) {
    const started = server.events().find(({ event }) => event === 'started');
    if (started) {
      const port = Number(started['port']);
      const metricsUrl = `http://127.0.0.1:${Number(started['metrics_port'])}/metrics`;
      return { ...server, port, url: `http://127.0.0.1:${port}`, metricsUrl };
    }
    if (hasExited) throw new Error(`The server did not start: ${server.output()}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
