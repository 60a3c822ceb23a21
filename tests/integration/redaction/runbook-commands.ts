import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { lastRequestId } from '#tests/redaction/plant-everything.ts';

const run = promisify(execFile);
const pages = ['logs.md', 'troubleshooting.md'];

/** The commands of the pages that read the log of functions. */
function readLogCommands(): string[] {
  const texts = pages.map((page) => readFileSync(join(import.meta.dirname, '../../../docs/operations', page), 'utf8'));
  const blocks = texts.flatMap((text) => [...text.matchAll(/^```sh\n([^]*?)^```/gm)].map(([, block = '']) => block));
  return blocks.flatMap((block) => block.split('\n').filter((line) => /^(?:all|logs \w+) \|/.test(line)));
}

/** Runs each of the commands over the log; gives those that fail, or find nothing. */
export async function findFailedCommands(log: string): Promise<string[]> {
  const directory = mkdtempSync(join(tmpdir(), 'genai-runbook-'));
  const file = join(directory, 'log');
  writeFileSync(file, log);
  const failed: string[] = [];
  try {
    for (const command of readLogCommands()) {
      const script = `set -o pipefail; all() { cat "$LOG"; }; logs() { cat "$LOG"; }; ${command}`;
      const options = {
        env: { PATH: process.env['PATH'], LOG: file, ID: lastRequestId },
        signal: AbortSignal.timeout(30_000),
      };
      const { stdout } = await run('bash', ['-c', script], options).catch((error: unknown) => ({
        stdout: String(error),
      }));
      if (!/^[[{\s\d]/.test(stdout)) failed.push(`${command}: ${stdout}`);
    }
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
  return failed;
}
