import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { findFreePort } from '#tests/support/free-port.ts';
import { createToken, testSecret } from '#tests/support/platform.ts';
import { startProcess, temporaryDirectory } from '#tests/support/process.ts';
import { startLeakingServer } from './leaking-server.ts';

interface Outcome {
  code: number;
  output: string;
}

/** Runs the load test as an operator does. */
const load = (...args: string[]): Promise<Outcome> =>
  new Promise((resolve) => {
    execFile(
      process.execPath,
      ['loadtest/load.ts', ...args],
      { env: { PATH: process.env['PATH'], JWT_SECRET: testSecret } },
      (error, stdout, stderr) => resolve({ code: Number(error?.code ?? 0), output: stdout + stderr }),
    );
  });

// Artillery takes seconds to start.
const patience = 90_000;
const small = ['--duration', '4', '--users', '12', '--tenants', '3'];

test('the platform passes: every answer is right and nobody sees another tenant', { timeout: patience }, async () => {
  const { url } = await startProcess(join(temporaryDirectory(), 'data'), { TENANT_AUTO_CREATE: 'true' });
  const report = temporaryDirectory();
  const { code, output } = await load('reference', '--url', url, ...small, '--report', report);
  expect(output).toContain('| leaks | 0 | 0 | pass |');
  expect(code).toBe(0);
  const summary = JSON.parse(readFileSync(join(report, 'summary.json'), 'utf8'));
  expect(summary).toMatchObject({ errors: 0, leaks: 0, truncated: 0, wrong: 0, tenants: 3 });
  expect(summary.requests).toBeGreaterThan(12);
  expect(existsSync(join(report, 'report.html'))).toBe(true);
  const token = await createToken({ role: 'platform_admin', tenant_id: undefined as never });
  const left = await fetch(`${url}/v1/tenants/load-1`, { headers: { authorization: `Bearer ${token}` } });
  expect(left.status).toBe(404);
});

test('a server that leaks and cuts its streams fails, and the run says why', { timeout: patience }, async () => {
  const { url, tenants } = await startLeakingServer();
  const { code, output } = await load('burst', '--url', url, ...small, '--report', temporaryDirectory());
  expect(code).toBe(1);
  expect(output).toMatch(/!!! LEAK: search of load-\d was answered with zq\w+ of load-\d \(request request-\d+\)/);
  expect(output).toMatch(/\| leaks \| 0 \| [1-9]\d* \| FAIL \|/);
  expect(output).toMatch(/\| stream truncated \| [1-9]\d* \|/);
  expect(output).toContain('fail: load.leaks < 1');
  expect(tenants.size).toBe(0);
});

test('a target outside of private networks is refused before any request', async () => {
  const { code, output } = await load('burst', '--url', 'http://192.0.2.1', '--report', temporaryDirectory());
  expect(output).toContain('http://192.0.2.1 is not of a private network');
  expect(code).toBe(2);
});

test('a platform that cannot be reached ends the run, and it says which call has failed', async () => {
  const url = `http://127.0.0.1:${await findFreePort()}`;
  const { code, output } = await load('burst', '--url', url, ...small, '--report', temporaryDirectory());
  expect(output).toContain('GET /v1/tenants/load-1 has failed: ECONNREFUSED');
  expect(code).toBe(1);
});
