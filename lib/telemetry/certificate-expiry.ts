import { X509Certificate } from 'node:crypto';

const certificates = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** When the first of a PEM text's certificates ends, in seconds since 1970; `undefined` where it holds none that can be read. */
export function certificateExpiry(pem: string): number | undefined {
  const ends = (pem.match(certificates) ?? []).map((text) => new X509Certificate(text).validToDate.getTime() / 1000);
  return ends.length === 0 ? undefined : Math.min(...ends);
}
