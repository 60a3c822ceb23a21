import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { NewApiKeyResponse } from '#functions/tenants/keys-contract.ts';
import { parseBody } from '#tests/support/body.ts';
import { createTestPlatform } from '#tests/support/platform.ts';
import { createKey, createTenantAdmin, exchange, searchWith } from './admin.ts';

function createDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'genai-keys-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** The files that hold the text, in plain or as hexadecimal or Base64. */
function filesWith(directory: string, text: string): string[] {
  const forms = [text, Buffer.from(text).toString('hex'), Buffer.from(text).toString('base64').replace(/=+$/, '')];
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name))
    .filter((file) => forms.some((form) => readFileSync(file).includes(form)));
}

test('neither a key nor its token is stored or logged', async () => {
  const directory = createDirectory();
  const platform = await createTestPlatform({ DATA_DIR: directory });
  const admin = await createTenantAdmin();
  const { id, key } = await createKey(platform, { name: 'the-name-of-the-key' });
  const token = await exchange(platform, key);
  await searchWith(platform, key);
  await searchWith(platform, token);
  await searchWith(platform, `${key}x`);
  const rotated = await platform.call(`POST /v1/tenants/acme/keys/${id}/rotate`, { token: admin });
  const { key: next } = await parseBody(NewApiKeyResponse, rotated);

  expect(filesWith(directory, 'the-name-of-the-key'), 'the store is searched where keys are kept').not.toEqual([]);
  const log = JSON.stringify(platform.logged);
  expect(log).toContain('"event":"audit"');
  for (const secret of [key, next, key.slice(3), next.slice(3), key.slice(-20), next.slice(-20), token, admin]) {
    expect(filesWith(directory, secret)).toEqual([]);
    expect(log).not.toContain(secret);
  }
});
