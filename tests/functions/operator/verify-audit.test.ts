import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { exportJWK, generateKeyPair } from 'jose';
import { expect, test } from 'vitest';
import { createAuditWorld } from '#tests/functions/audit/audit-world.ts';
import { testSecret } from '#tests/support/platform.ts';
import { temporaryDirectory } from '#tests/support/process.ts';

interface Outcome {
  code: number;
  output: string;
}

const secret = { JWT_SECRET: testSecret };

/** Runs the command as an auditor does, who has nothing but these variables. */
const verify = (args: string[], env: NodeJS.ProcessEnv = secret): Promise<Outcome> =>
  new Promise((resolve) => {
    execFile(
      process.execPath,
      ['functions/operator/verify-audit.ts', ...args],
      { env: { PATH: process.env['PATH'], DATA_DIR: join(temporaryDirectory(), 'data'), ...env } },
      (error, stdout, stderr) => resolve({ code: Number(error?.code ?? 0), output: stdout + stderr }),
    );
  });

async function createExport(env: NodeJS.ProcessEnv = {}) {
  const world = await createAuditWorld(env);
  for (const id of ['a', 'b', 'c']) await world.putDocument(id);
  await world.listOnce('document.create', 'c');
  const lines = (await world.exportText()).trimEnd().split('\n');
  const directory = temporaryDirectory();
  const write = (content: readonly string[] | string) => {
    const file = join(directory, 'export.ndjson');
    writeFileSync(file, typeof content === 'string' ? content : content.map((line) => `${line}\n`).join(''));
    return file;
  };
  return { ...world, lines, write };
}

const indexOf = (lines: readonly string[], sequence: number) =>
  lines.findIndex((line) => line.includes(`"sequence":${sequence},`) && line.includes('"action"'));

test('an export is whole, and says so without the platform', async () => {
  const { lines, write } = await createExport();
  const events = lines.filter((line) => line.includes('"action"')).length;
  expect(await verify(['--file', write(lines)])).toEqual({
    code: 0,
    output: expect.stringMatching(
      new RegExp(`^valid: ${events} events, \\d+ checkpoints, signed up to event ${events}\n$`),
    ),
  });
});

test('what is not as it was is named with its event, its line and the reason', async () => {
  const { lines, write } = await createExport();
  const index = indexOf(lines, 4);
  const outcomeOf = async (changed: readonly string[] | string) => verify(['--file', write(changed)]);
  const at = (sequence: number, line: number) => ({
    code: 1,
    output: expect.stringMatching(new RegExp(`^not valid: event ${sequence}, line ${line}: .+\n$`)),
  });
  const changed = lines.with(index, lines[index]?.replace('"admin"', '"mallory"') ?? '');
  expect(await outcomeOf(changed)).toMatchObject(at(4, index + 1));
  expect(await outcomeOf(lines.with(index, `"${'x'.repeat(100_000)}"`))).toMatchObject(at(4, index + 1));
  expect(await outcomeOf(lines.slice(0, index))).toMatchObject(at(4, index + 1));
  expect(await outcomeOf('')).toMatchObject(at(1, 1));
});

test('with another key it is not valid, with none only when the signatures are not asked for', async () => {
  const { lines, write } = await createExport();
  const file = write(lines);
  expect(await verify(['--file', file], { JWT_SECRET: 'another-secret-of-at-least-32-bytes-length' })).toMatchObject({
    code: 1,
    output: expect.stringContaining('its signature does not fit it'),
  });
  expect(await verify(['--file', file], {})).toMatchObject({ code: 1, output: expect.stringContaining('JWT_SECRET') });
  expect(await verify(['--file', file, '--unsigned'], {})).toMatchObject({
    code: 0,
    output: expect.stringContaining('signatures were not looked at'),
  });
});

test('an export that was signed with a private key needs the key set alone', async () => {
  const { privateKey } = await generateKeyPair('EdDSA', { extractable: true });
  const jwk = JSON.stringify({ ...(await exportJWK(privateKey)), kid: 'k1', alg: 'EdDSA' });
  const { lines, write, call, directory } = await createExport({ JWT_PRIVATE_KEY: jwk });
  const keys = join(directory, 'jwks.json');
  writeFileSync(keys, await (await call('GET /.well-known/jwks.json')).text());
  expect(await verify(['--file', write(lines), '--keys', keys], {})).toMatchObject({ code: 0 });
  const end = lines.at(-1)?.replace('"chain":"acme', '"chain":"acne') ?? '';
  const forged = [...lines.slice(0, -1), end];
  expect(await verify(['--file', write(forged), '--keys', keys], {})).toMatchObject({ code: 1 });
});

test('what can not be read is said, what is no call is explained', async () => {
  expect(await verify(['--file', '/none/such'])).toMatchObject({ code: 1, output: expect.stringContaining('ENOENT') });
  for (const args of [[], ['--file'], ['--file', 'a', '--unsigned', '--keys', 'b'], ['a'], ['--all']]) {
    expect(await verify(args)).toMatchObject({ code: 2, output: expect.stringContaining('Usage:') });
  }
});
