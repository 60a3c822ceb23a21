import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT, type JWK } from 'jose';
import { onTestFinished } from 'vitest';
import { toClaims } from './credentials.ts';

export interface Issuer {
  url: string;
  /** How often the key set was fetched. */
  fetches(): number;
  /** Adds a key to the key set, unless it is a secret one; gives what signs with it. */
  addKey(
    alg: string,
    kid: string,
    options?: { isPublished?: boolean },
  ): Promise<(claims?: Record<string, unknown>) => Promise<string>>;
  removeKey(kid: string): void;
  publish(jwk: JWK): void;
  /** From now on it answers with this status. */
  fail(status: number): void;
}

/** An OIDC issuer's key set on a real HTTP server. */
export async function startIssuer(): Promise<Issuer> {
  let keys: JWK[] = [];
  let fetches = 0;
  let status = 200;
  const server = createServer((_request, response) => {
    fetches += 1;
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify({ keys }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks.json`,
    fetches: () => fetches,
    async addKey(alg, kid, { isPublished = true } = {}) {
      const { publicKey, privateKey } = await generateKeyPair(alg);
      if (isPublished) keys.push({ ...(await exportJWK(publicKey)), kid, alg, use: 'sig' });
      return (claims = {}) =>
        new SignJWT(JSON.parse(JSON.stringify(toClaims(claims)))).setProtectedHeader({ alg, kid }).sign(privateKey);
    },
    removeKey(kid) {
      keys = keys.filter((key) => key.kid !== kid);
    },
    publish: (jwk) => void keys.push(jwk),
    fail(next) {
      status = next;
    },
  };
}
