import type * as jose from 'jose';
import * as v from 'valibot';

const secretBytes = 32;

const Secret = v.pipe(
  v.string(),
  v.check((text) => Buffer.byteLength(text) >= secretBytes, `must have at least ${secretBytes} bytes`),
);

/**
 * `JWT_SECRET`: one secret, or, to rotate without a gap, a JSON object of key id → secret. The first
 * signs, all verify.
 */
export const JwtSecretSchema = v.pipe(
  v.string(),
  v.rawTransform(({ dataset, addIssue, NEVER }): Map<string, Uint8Array> => {
    const input = dataset.value.startsWith('{') ? parseJson(dataset.value) : { default: dataset.value };
    const result = v.safeParse(v.pipe(v.record(v.string(), Secret), v.minEntries(1), v.maxEntries(10)), input);
    if (!result.success) {
      addIssue({
        message: `must be a secret of at least ${secretBytes} bytes or a JSON object of such secrets by key id`,
      });
      return NEVER;
    }
    return new Map(Object.entries(result.output).map(([id, secret]) => [id, Buffer.from(secret)]));
  }),
);

const PrivateJwkSchema = v.looseObject({
  kty: v.picklist(['OKP', 'EC', 'RSA']),
  kid: v.pipe(v.string(), v.minLength(1)),
  alg: v.picklist(['EdDSA', 'ES256', 'ES384', 'RS256', 'PS256']),
  d: v.string(),
});

/** `JWT_PRIVATE_KEY`: a private JWK with `kid` and `alg`. */
export const PrivateJwkTextSchema = v.pipe(v.string(), v.transform(parseJson), PrivateJwkSchema);

export type PrivateJwk = v.InferOutput<typeof PrivateJwkSchema>;

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The part of the key that everyone may know, as `/.well-known/jwks.json` serves it. */
export function toPublicJwk(jwk: PrivateJwk): jose.JWK {
  const { kty, kid, alg, crv, x, y, n, e } = jwk as jose.JWK;
  return JSON.parse(JSON.stringify({ kty, kid, alg, use: 'sig', crv, x, y, n, e }));
}
