import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import * as jose from 'jose';
import * as v from 'valibot';
import { createAuth } from '#lib/auth/create-auth.ts';
import { createRemoteJwks } from '#lib/auth/remote-jwks.ts';
import { createReceiptVerifier, type VerifyReceipt } from '#lib/auth/verify-receipt.ts';
import { authEnv } from '#lib/config/variables.ts';
import { ApiError } from '#lib/core/api-error.ts';
import { parseJsonText } from '#lib/core/json-text.ts';
import { loadOperatorEnv } from './load-operator-env.ts';
import { toReason } from './to-reason.ts';

const usage = 'Usage: npm run verify-receipt -- receipt.json [--jwks URL_OR_FILE]';

const JwksSchema = v.object({ keys: v.array(v.looseObject({ kty: v.string() })) });

function readArguments(): { file: string; jwks: string | undefined } {
  try {
    const { values, positionals } = parseArgs({ options: { jwks: { type: 'string' } }, allowPositionals: true });
    const [file, ...others] = positionals;
    if (file === undefined || others.length > 0) throw new Error('One receipt is expected');
    return { file, jwks: values.jwks };
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : ''}\n${usage}\n`);
    return process.exit(2);
  }
}

const readJson = (file: string): unknown => parseJsonText(readFileSync(file, 'utf8'), { depth: 5, keys: 1_000 });

/** With a key set no secret is needed: it is the one that `/.well-known/jwks.json` serves, or a copy of it. */
function createVerifier(jwks: string | undefined): VerifyReceipt {
  if (jwks === undefined) return createAuth(loadOperatorEnv(authEnv), Date.now).verifyReceipt;
  const publicKeys = /^https?:/.test(jwks)
    ? createRemoteJwks({ url: jwks, now: Date.now })
    : jose.createLocalJWKSet(v.parse(JwksSchema, readJson(jwks)));
  return createReceiptVerifier({ secrets: new Map(), publicKeys });
}

function describe(error: unknown): string {
  const [problem] = error instanceof ApiError ? (error.errors ?? []) : [];
  return problem ? `the file ${problem.message}` : toReason(error);
}

async function check(): Promise<string | undefined> {
  const { file, jwks } = readArguments();
  try {
    const result = await createVerifier(jwks)(readJson(file));
    if (!result.isValid) return result.reason;
    const { tenant_id, erased, verified_at } = result.receipt;
    process.stdout.write(`valid: tenant ${tenant_id}, verified at ${verified_at}, erased ${JSON.stringify(erased)}\n`);
    return undefined;
  } catch (error) {
    return describe(error);
  }
}

const problem = await check();
if (problem !== undefined) {
  process.stderr.write(`not valid: ${problem}\n`);
  process.exitCode = 1;
}
