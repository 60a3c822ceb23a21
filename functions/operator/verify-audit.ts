import { createReadStream, readFileSync } from 'node:fs';
import * as jose from 'jose';
import * as v from 'valibot';
import type { ChainChecks } from '#lib/audit/chain-check.ts';
import { createCheckpointVerifier } from '#lib/audit/checkpoint.ts';
import { createExportVerifier } from '#lib/audit/export-end.ts';
import { readExport } from '#lib/audit/read-export.ts';
import { verifyChain, type ChainVerdict } from '#lib/audit/verify-chain.ts';
import { createAuth } from '#lib/auth/create-auth.ts';
import { authEnv } from '#lib/config/variables.ts';
import { parseJsonText } from '#lib/core/json-text.ts';
import { loadOperatorEnv } from './load-operator-env.ts';
import { toReason } from './to-reason.ts';
import { readArguments, usage, type VerifyAuditArguments } from './verify-audit-arguments.ts';

/** Says whether an export of the audit trail is whole, and at which event it is not. */

const JwksSchema = v.object({ keys: v.array(v.looseObject({ kty: v.string() })) });

const readKeys = (file: string): unknown => parseJsonText(readFileSync(file, 'utf8'), { depth: 5, keys: 1_000 });

type Signatures = Pick<ChainChecks, 'verifyCheckpoint' | 'verifyEnd'>;

const accept = async () => undefined;

function createSignatures({ keys, unsigned }: VerifyAuditArguments): Signatures {
  if (unsigned) return { verifyCheckpoint: accept, verifyEnd: accept };
  if (keys === undefined) {
    const { verifyCheckpoint, verifyExportEnd: verifyEnd } = createAuth(loadOperatorEnv(authEnv), Date.now);
    return { verifyCheckpoint, verifyEnd };
  }
  const publicKeys = jose.createLocalJWKSet(v.parse(JwksSchema, readKeys(keys)));
  const options = { secrets: new Map<string, Uint8Array>(), publicKeys };
  return { verifyCheckpoint: createCheckpointVerifier(options), verifyEnd: createExportVerifier(options) };
}

function describe({ events, checkpoints, unknownCheckpoints, anchored, firstBreak }: ChainVerdict, isSigned: boolean) {
  if (firstBreak) return `not valid: event ${firstBreak.sequence}, line ${firstBreak.line}: ${firstBreak.reason}`;
  const unknown = unknownCheckpoints === 0 ? '' : `, ${unknownCheckpoints} of keys that are not known`;
  const signed = isSigned ? `signed up to event ${anchored}` : 'signatures were not looked at';
  return `valid: ${events} events, ${checkpoints} checkpoints${unknown}, ${signed}`;
}

const given = readArguments(process.argv.slice(2));
if (!given) {
  process.stderr.write(`${usage}\n`);
  process.exit(2);
}
try {
  const lines = readExport(createReadStream(given.file));
  const verdict = await verifyChain(lines, { ...createSignatures(given), needsEnd: true, mayBeginLate: false });
  const { stdout, stderr } = process;
  (verdict.firstBreak ? stderr : stdout).write(`${describe(verdict, !given.unsigned)}\n`);
  process.exitCode = verdict.firstBreak ? 1 : 0;
} catch (error) {
  process.stderr.write(`not valid: ${toReason(error)}\n`);
  process.exitCode = 1;
}
