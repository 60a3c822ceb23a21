import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { recordBackup } from '#lib/state/backup-times.ts';
import { watchBackups } from '#lib/state/watch-backups.ts';
import { watchMemory } from '#lib/state/watch-memory.ts';
import { certificateExpiry } from '#lib/telemetry/certificate-expiry.ts';
import { createMetrics, type Metrics } from '#lib/telemetry/metrics.ts';
import { watchCertificate } from '#lib/telemetry/watch-certificate.ts';
import { calm } from '#tests/support/scope.ts';
import { createTestPlatform } from '#tests/support/platform.ts';

async function readMetric(metrics: Metrics, line: string): Promise<number> {
  const { text } = await metrics.expose();
  const found = text.split('\n').find((candidate) => candidate.startsWith(`${line} `));
  return found === undefined ? Number.NaN : Number(found.slice(line.length + 1));
}

function createCertificate(days: number): string {
  const directory = mkdtempSync(join(tmpdir(), 'genai-certificate-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const subject = ['-subj', '/CN=test', '-nodes', '-newkey', 'rsa:2048', '-keyout', join(directory, 'key')];
  return execFileSync('openssl', ['req', '-x509', '-days', String(days), ...subject], {
    encoding: 'utf8',
    stdio: 'pipe',
  });
}

const patient = { timeout: 15_000 };

test('of several certificates the one that ends first counts; what is none has no end', () => {
  const [soon, late] = [createCertificate(2), createCertificate(400)];
  const inDays = (days: number) => Date.now() / 1000 + days * 86_400;
  expect(Math.abs((certificateExpiry(late + soon) ?? 0) - inDays(2))).toBeLessThan(3_600);
  expect(certificateExpiry('none')).toBeUndefined();
});

test('a file of certificates is read again after ten minutes, and not before', async () => {
  const metrics = createMetrics();
  let time = 1_000_000;
  const file = join(mkdtempSync(join(tmpdir(), 'genai-certificate-')), 'ca.pem');
  onTestFinished(() => rmSync(join(file, '..'), { recursive: true, force: true }));
  const [first, second] = [createCertificate(2), createCertificate(400)];
  writeFileSync(file, first);
  watchCertificate({ metrics, now: () => time }, 'authority', file);
  const read = () => readMetric(metrics, 'genai_certificate_expiry_timestamp_seconds{name="authority"}');
  await expect.poll(read, patient).toBe(certificateExpiry(first));
  writeFileSync(file, second);
  time += 599_000;
  expect([await read(), await read()]).toEqual(Array(2).fill(certificateExpiry(first)));
  time += 1_000;
  await expect.poll(read, patient).toBe(certificateExpiry(second));
});

test('what the jobs have written down of backups is told, and 0 where there was none', async () => {
  const { foundation } = await createTestPlatform();
  const metrics = createMetrics();
  await recordBackup(foundation.store, 'state', 1_700_000_000.7, calm);
  watchBackups({ store: foundation.store, metrics, now: Date.now }, ['state', 'search']);
  const read = (kind: string) => readMetric(metrics, `genai_last_backup_timestamp_seconds{kind="${kind}"}`);
  await expect.poll(() => read('state'), patient).toBe(1_700_000_000);
  await expect.poll(() => read('search'), patient).toBe(0);
});

test('how full the state store is is told, read every ten minutes; 0 where it does not tell', async () => {
  const metrics = createMetrics();
  let time = 0;
  let memory: number | undefined = 0.25;
  watchMemory({ state: { readMemory: async () => memory }, metrics, now: () => time });
  const read = () => readMetric(metrics, 'genai_state_memory_ratio');
  await expect.poll(read, patient).toBe(0.25);
  memory = undefined;
  time += 599_999;
  expect([await read(), await read()]).toEqual([0.25, 0.25]);
  time += 1;
  await expect.poll(read, patient).toBe(0);
});
