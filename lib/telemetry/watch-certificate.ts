import { readFile } from 'node:fs/promises';
import type { Clock } from '#lib/core/clock.ts';
import { certificateExpiry } from './certificate-expiry.ts';
import type { CertificateName, Metrics } from './metrics.ts';
import { refreshRarely } from './refresh-rarely.ts';

interface WatchCertificateDeps {
  metrics: Pick<Metrics, 'beforeExpose' | 'certificateExpiry'>;
  now: Clock;
}

/** Tells when the certificates of a PEM file end. */
export function watchCertificate(deps: WatchCertificateDeps, name: CertificateName, file: string | undefined): void {
  if (file === undefined) return;
  refreshRarely(deps, async (signal) => {
    const expiry = certificateExpiry(await readFile(file, { encoding: 'utf8', signal }));
    if (expiry !== undefined) deps.metrics.certificateExpiry(name, expiry);
  });
}
