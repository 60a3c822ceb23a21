import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { NewApiKeyResponse } from '#functions/tenants/keys-contract.ts';
import { parseBody } from '#tests/support/body.ts';
import { createTestPlatform } from '#tests/support/platform.ts';
import { createPlatformAdmin, createTenantAdmin, searchWith } from '../tenants/admin.ts';

const headers = { 'idempotency-key': 'key-1' };
const keysPath = '/v1/tenants/acme/keys';

function createDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'genai-keys-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** All that is stored, as it lies on the disk. */
const storedIn = (directory: string): Buffer =>
  Buffer.concat(
    readdirSync(directory, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => readFileSync(join(parentPath, name))),
  );

test('a tenant is created once, whoever else has the same key', async () => {
  const { call } = await createTestPlatform();
  const token = await createPlatformAdmin();
  const create = (id: string) => call('POST /v1/tenants', { token, json: { id, name: 'A name' }, headers });
  const [first, again] = [await create('acme'), await create('acme')];
  expect([first.status, again.status]).toEqual([201, 201]);
  expect(await again.text()).toBe(await first.text());
  expect((await create('beta')).status).toBe(409);
  expect((await call('POST /v1/tenants', { token, json: { id: 'acme', name: 'A name' } })).status).toBe(409);
  const json = { name: 'A key', role: 'reader' };
  expect((await call(`POST ${keysPath}`, { token: await createTenantAdmin(), json, headers })).status).toBe(201);
});

test('a key that was created or rotated is shown to whoever knows the idempotency key, and is not stored', async () => {
  const directory = createDirectory();
  const platform = await createTestPlatform({ DATA_DIR: directory });
  const token = await createTenantAdmin();
  const json = { name: 'A key', role: 'reader' };
  const create = async () =>
    parseBody(NewApiKeyResponse, await platform.call(`POST ${keysPath}`, { token, json, headers }));
  const [created, again] = [await create(), await create()];
  expect(again).toEqual(created);
  expect(await (await platform.call(`GET ${keysPath}`, { token })).json()).toMatchObject({
    keys: [{ id: created.id }],
  });

  const rotate = async () => {
    const options = { token, headers: { 'idempotency-key': 'key-2' } };
    return parseBody(NewApiKeyResponse, await platform.call(`POST ${keysPath}/${created.id}/rotate`, options));
  };
  const [rotated, rotatedAgain] = [await rotate(), await rotate()];
  expect(rotatedAgain).toEqual(rotated);
  expect((await searchWith(platform, rotated.key)).status).toBe(200);
  expect((await searchWith(platform, created.key)).status).toBe(401);

  const stored = storedIn(directory);
  expect(stored.includes(created.id), 'what is searched is where keys are kept').toBe(true);
  for (const text of [created.key, rotated.key, created.key.slice(-20), rotated.key.slice(-20)]) {
    for (const form of [text, Buffer.from(text).toString('base64').slice(2, -4)])
      expect(stored.includes(form)).toBe(false);
    expect(JSON.stringify(platform.logged)).not.toContain(text);
  }
});

test('an erasure that is sent again gives the receipt of the first; what else was kept is erased', async () => {
  const { call, logged } = await createTestPlatform();
  const token = await createTenantAdmin();
  const json = { name: 'A key', role: 'reader' };
  const create = () => call(`POST ${keysPath}`, { token, json, headers: { 'idempotency-key': 'other' } });
  const first = await parseBody(NewApiKeyResponse, await create());
  const erase = async () => (await call('POST /v1/tenants/acme/erase', { token, headers })).text();
  const receipt = await erase();
  expect(receipt).toContain('"signature"');
  expect(await erase()).toBe(receipt);
  expect(logged.filter(({ action, outcome }) => action === 'tenant.erase' && outcome === 'success')).toHaveLength(1);
  const second = await parseBody(NewApiKeyResponse, await create());
  expect(second.id).not.toBe(first.id);
});
