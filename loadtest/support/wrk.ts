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

export interface Load {
  perSecond: number;
  /** Milliseconds. */
  p50: number;
  p99: number;
}

const inMilliseconds: Record<string, number> = { us: 0.001, ms: 1, s: 1_000 };

function readLatency(output: string, percent: number): number {
  const [, value, unit = ''] = new RegExp(`${percent}%\\s+([\\d.]+)(us|ms|s)`).exec(output) ?? [];
  return Number(value) * (inMilliseconds[unit] ?? Number.NaN);
}

/** Requests per second by `wrk`, which is to be installed, and how long they took. Throws where an answer was not 2xx. */
export async function measureLoad({
  url,
  token,
  body,
  accept = 'application/json',
  connections,
  seconds,
}: LoadOptions): Promise<Load> {
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
    const { stdout } = await run('wrk', ['-t1', '--latency', `-c${connections}`, `-d${seconds}s`, '-s', script, url]);
    if (stdout.includes('Non-2xx')) throw new Error(`${url}: ${stdout}`);
    return {
      perSecond: Number(/Requests\/sec:\s+([\d.]+)/.exec(stdout)?.[1]),
      p50: readLatency(stdout, 50),
      p99: readLatency(stdout, 99),
    };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

export const measureThroughput = async (options: LoadOptions): Promise<number> =>
  (await measureLoad(options)).perSecond;
