import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

interface LoadOptions {
  url: string;
  token: string;
  body?: string;
  accept?: string;
  connections: number;
  seconds: number;
}

/** Requests per second by `wrk`, which is to be installed. Throws where an answer was not 2xx. */
export async function measureThroughput({
  url,
  token,
  body,
  accept = 'application/json',
  connections,
  seconds,
}: LoadOptions): Promise<number> {
  const directory = mkdtempSync(join(tmpdir(), 'genai-wrk-'));
  try {
    const script = join(directory, 'request.lua');
    const lines = [
      `wrk.method = "${body === undefined ? 'GET' : 'POST'}"`,
      `wrk.headers["authorization"] = "Bearer ${token}"`,
      `wrk.headers["accept"] = "${accept}"`,
      ...(body === undefined
        ? []
        : ['wrk.headers["content-type"] = "application/json"', `wrk.body = ${JSON.stringify(body)}`]),
    ];
    writeFileSync(script, lines.join('\n'));
    const { stdout } = await run('wrk', ['-t1', `-c${connections}`, `-d${seconds}s`, '-s', script, url]);
    if (stdout.includes('Non-2xx')) throw new Error(`${url}: ${stdout}`);
    return Number(/Requests\/sec:\s+([\d.]+)/.exec(stdout)?.[1]);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
