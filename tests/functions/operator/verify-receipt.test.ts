import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { exportJWK, generateKeyPair } from 'jose';
import { expect, test } from 'vitest';
import { createTestPlatform, createToken, testSecret } from '#tests/support/platform.ts';
import { temporaryDirectory } from '#tests/support/process.ts';

interface Outcome {
  code: number;
  output: string;
}

/** Runs the command as an operator does, who has nothing but these variables. */
const verify = (args: string[], env: NodeJS.ProcessEnv = {}): Promise<Outcome> =>
  new Promise((resolve) => {
    execFile(
      process.execPath,
      ['functions/operator/verify-receipt.ts', ...args],
      { env: { PATH: process.env['PATH'], DATA_DIR: join(temporaryDirectory(), 'data'), ...env } },
      (error, stdout, stderr) => resolve({ code: Number(error?.code ?? 0), output: stdout + stderr }),
    );
  });

async function createReceipt(env: NodeJS.ProcessEnv = {}) {
  const platform = await createTestPlatform(env);
  await platform.addTenant('acme');
  const token = await createToken({ role: 'platform_admin', tenant_id: undefined });
  const text = await (await platform.call('POST /v1/tenants/acme/erase', { token })).text();
  const directory = temporaryDirectory();
  const write = (name: string, content: string) => {
    const file = join(directory, name);
    writeFileSync(file, content);
    return file;
  };
  return { platform, text, write, receipt: write('receipt.json', text) };
}

test('a receipt is checked with the secret of the environment', async () => {
  const { text, write, receipt } = await createReceipt();
  const env = { JWT_SECRET: testSecret };
  const good = await verify([receipt], env);
  expect(good).toMatchObject({ code: 0, output: expect.stringMatching(/^valid: tenant acme, /) });
  const changed = write('changed.json', text.replace('"documents":0', '"documents":1'));
  expect(await verify([changed], env)).toMatchObject({ code: 1, output: expect.stringMatching(/^not valid: /) });
  const other = await verify([receipt], { JWT_SECRET: 'another-secret-of-at-least-32-bytes-length' });
  expect(other.code).toBe(1);
});

test('with a key set, from a file or its address, no secret is needed', async () => {
  const { privateKey } = await generateKeyPair('EdDSA', { extractable: true });
  const jwk = JSON.stringify({ ...(await exportJWK(privateKey)), kid: 'k1', alg: 'EdDSA' });
  const { platform, text, write, receipt } = await createReceipt({ JWT_PRIVATE_KEY: jwk });
  const keys = await (await platform.call('GET /.well-known/jwks.json')).text();
  const file = write('jwks.json', keys);
  const url = `${await platform.listen()}/.well-known/jwks.json`;
  for (const jwks of [file, url]) {
    expect(await verify([receipt, '--jwks', jwks])).toMatchObject({ code: 0 });
    const changed = write('changed.json', text.replace('acme', 'acne'));
    expect(await verify([changed, '--jwks', jwks])).toMatchObject({ code: 1 });
  }
  expect(await verify([receipt, '--jwks', write('none.json', '{"keys":[]}')])).toMatchObject({ code: 1 });
});

test('what is no receipt is not valid; what is no call is explained', async () => {
  const { text, write } = await createReceipt();
  const env = { JWT_SECRET: testSecret };
  const twice = text.replace('{', '{"tenant_id":"other",');
  for (const content of ['', '[]', '{}', text.slice(1), twice]) {
    const outcome = await verify([write('bad.json', content)], env);
    expect(outcome, content).toMatchObject({ code: 1, output: expect.stringMatching(/^not valid: /) });
  }
  expect((await verify(['/none/such.json'], env)).code).toBe(1);
  for (const args of [[], ['a', 'b'], ['--unknown']]) {
    expect(await verify(args, env)).toMatchObject({ code: 2, output: expect.stringContaining('Usage:') });
  }
});
