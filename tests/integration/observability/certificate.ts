import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A file with a certificate that ends after so many days. */
export async function writeCertificate(directory: string, days: number): Promise<string> {
  const file = join(directory, `authority-${days}.pem`);
  const key = join(directory, `authority-${days}.key`);
  const subject = ['-subj', '/CN=test', '-nodes', '-newkey', 'rsa:2048', '-keyout', key];
  await run('openssl', ['req', '-x509', '-days', String(days), ...subject, '-out', file], {
    signal: AbortSignal.timeout(30_000),
  });
  return file;
}

/** Puts the content of another file in its place, as a rotation does. */
export const replaceFile = (file: string, by: string): void => writeFileSync(file, readFileSync(by));
