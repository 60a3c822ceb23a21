import { randomBytes } from 'node:crypto';
import { expect, onTestFinished, test } from 'vitest';
import { ApiError } from '#lib/core/api-error.ts';
import { createTenantProviderKeys } from '#lib/llm/tenant-provider-keys.ts';
import { createSqliteState } from '#lib/state/create-sqlite-state.ts';
import type { StateStore } from '#lib/state/store.ts';
import { tenantCollection, type TenantRef } from '#lib/tenancy/state-key.ts';
import { calm } from '#tests/support/scope.ts';

const acme: TenantRef = { tenantId: 'acme', incarnation: 'first' };
const apiKey = 'sk-a-key-of-a-provider-7f3a';
const first = randomBytes(32);
const second = randomBytes(32);
const keyOf = (tenant: TenantRef, provider = 'openai') => tenantCollection(tenant, 'provider_key').key(provider);

function createWorld() {
  const state = createSqliteState(':memory:');
  onTestFinished(() => state.close());
  let time = Date.parse('2026-11-26T12:00:00.000Z');
  let reads = 0;
  let failure: ApiError | undefined;
  const store: StateStore = {
    ...state.store,
    async get(...call) {
      reads += 1;
      if (failure) throw failure;
      return state.store.get(...call);
    },
  };
  const openWith = (secrets: ReadonlyMap<string, Uint8Array> | undefined) =>
    createTenantProviderKeys({ store, secrets, now: () => time, randomBytes });
  const open = (secrets: Record<string, Uint8Array> = { a: first }) => openWith(new Map(Object.entries(secrets)));
  return {
    store,
    open,
    openWith,
    pass: (milliseconds: number) => void (time += milliseconds),
    countReads: () => reads,
    fail: (error: ApiError | undefined) => void (failure = error),
  };
}

test('a key is found as it was saved, for its provider and its tenant alone', async () => {
  const { open } = createWorld();
  const keys = open();
  await keys.save(acme, 'openai', apiKey, calm);
  expect(await keys.find(acme, 'openai', calm)).toBe(apiKey);
  expect(await open().find(acme, 'openai', calm), 'in another process').toBe(apiKey);
  expect(await keys.find(acme, 'other', calm)).toBeUndefined();
  expect(await keys.find({ ...acme, tenantId: 'acme-corp' }, 'openai', calm)).toBeUndefined();
  expect(await keys.find({ ...acme, incarnation: 'next' }, 'openai', calm)).toBeUndefined();
});

test('the store holds nothing that the key could be read from', async () => {
  const { open, store } = createWorld();
  const keys = open();
  await keys.save(acme, 'openai', apiKey, calm);
  await keys.save(acme, 'other', apiKey, calm);
  const [one, other] = await Promise.all(
    ['openai', 'other'].map(async (name) => (await store.get(keyOf(acme, name), calm))?.value ?? ''),
  );
  for (const part of [apiKey, Buffer.from(apiKey).toString('base64url'), Buffer.from(apiKey).toString('hex')]) {
    expect(one).not.toContain(part);
  }
  const sealed = (text = '') => JSON.parse(text).sealed.ciphertext;
  expect(sealed(one), 'the same key twice looks different').not.toBe(sealed(other));
});

test.each([
  ['another tenant', { ...acme, tenantId: 'beta' }, 'openai'],
  ['a later incarnation', { ...acme, incarnation: 'next' }, 'openai'],
  ['another provider', acme, 'other'],
])('a record that is moved to %s does not open, and no other key takes its place', async (_name, tenant, provider) => {
  const { open, store } = createWorld();
  await open().save(acme, 'openai', apiKey, calm);
  const record = await store.get(keyOf(acme), calm);
  await store.put(keyOf(tenant, provider), record?.value ?? '', {}, calm);
  await expect(open().find(tenant, provider, calm)).rejects.toMatchObject({ code: 'internal', detail: undefined });
});

test.each(['iv', 'ciphertext', 'tag'])('a record whose %s was changed does not open', async (field) => {
  const { open, store } = createWorld();
  await open().save(acme, 'openai', apiKey, calm);
  const record = JSON.parse((await store.get(keyOf(acme), calm))?.value ?? '');
  const bytes = Buffer.from(record.sealed[field], 'base64url');
  bytes.writeUInt8(bytes.readUInt8(0) ^ 1, 0);
  record.sealed[field] = bytes.toString('base64url');
  await store.put(keyOf(acme), JSON.stringify(record), {}, calm);
  await expect(open().find(acme, 'openai', calm)).rejects.toMatchObject({ code: 'internal' });
});

test('secrets rotate: the first seals, all open, and one that is gone opens nothing', async () => {
  const { open } = createWorld();
  await open({ a: first }).save(acme, 'openai', apiKey, calm);
  const rotated = open({ b: second, a: first });
  expect(await rotated.find(acme, 'openai', calm)).toBe(apiKey);
  await rotated.save(acme, 'openai', apiKey, calm);
  expect(await open({ b: second }).find(acme, 'openai', calm)).toBe(apiKey);
  for (const id of ['a', 'b']) {
    await expect(open({ [id]: first }).find(acme, 'openai', calm)).rejects.toMatchObject({ code: 'internal' });
  }
});

test('no error says the key, the secret or what was sealed', async () => {
  const { open, store } = createWorld();
  await open().save(acme, 'openai', apiKey, calm);
  const value = (await store.get(keyOf(acme), calm))?.value ?? '';
  const error: unknown = await open({ a: second })
    .find(acme, 'openai', calm)
    .catch((thrown: unknown) => thrown);
  const text =
    error instanceof Error ? `${error.message} ${error.stack} ${String(error.cause)}` : expect.fail('It opened');
  for (const secret of [apiKey, value, JSON.parse(value).sealed.ciphertext]) expect(text).not.toContain(secret);
});

test('without a secret nothing is kept, and nothing is looked for', async () => {
  const { openWith, countReads } = createWorld();
  const keys = openWith(undefined);
  await expect(keys.save(acme, 'openai', apiKey, calm)).rejects.toMatchObject({
    code: 'conflict',
    detail: 'This platform is not set up to keep keys of providers',
  });
  expect(await keys.find(acme, 'openai', calm)).toBeUndefined();
  expect(countReads()).toBe(0);
});

test("another process's key is found half a second later, and one's own at once; in between the store is not asked", async () => {
  const { open, pass, countReads } = createWorld();
  const [here, there] = [open(), open()];
  for (let call = 0; call < 3; call += 1) expect(await here.find(acme, 'openai', calm)).toBeUndefined();
  expect(countReads()).toBe(1);
  await there.save(acme, 'openai', apiKey, calm);
  expect(await there.find(acme, 'openai', calm)).toBe(apiKey);
  expect(await here.find(acme, 'openai', calm)).toBeUndefined();
  pass(500);
  expect(await here.find(acme, 'openai', calm)).toBe(apiKey);
  expect(await there.remove(acme, 'openai', calm)).toBe(true);
  expect(await there.find(acme, 'openai', calm)).toBeUndefined();
  pass(500);
  expect(await here.find(acme, 'openai', calm)).toBeUndefined();
});

test('while the store is away what was last seen holds, also that there was none; what was never seen is not known', async () => {
  const { open, pass, fail } = createWorld();
  const keys = open();
  await keys.save(acme, 'openai', apiKey, calm);
  expect(await keys.find(acme, 'none', calm)).toBeUndefined();
  fail(new ApiError('state_unavailable'));
  pass(10_000);
  expect(await keys.find(acme, 'openai', calm)).toBe(apiKey);
  expect(await keys.find(acme, 'none', calm)).toBeUndefined();
  await expect(keys.find(acme, 'unseen', calm)).rejects.toMatchObject({ code: 'state_unavailable' });
  pass(15 * 60 * 1_000);
  await expect(keys.find(acme, 'openai', calm)).rejects.toMatchObject({ code: 'state_unavailable' });
  await expect(keys.find(acme, 'none', calm)).rejects.toMatchObject({ code: 'state_unavailable' });
});

test('a failure that is no outage is not taken for an absence', async () => {
  const { open, pass, fail } = createWorld();
  const keys = open();
  expect(await keys.find(acme, 'openai', calm)).toBeUndefined();
  pass(1_000);
  fail(new ApiError('internal'));
  await expect(keys.find(acme, 'openai', calm)).rejects.toMatchObject({ code: 'internal' });
});

test('a tenant has at most 50, and may go on replacing them', async () => {
  const { open } = createWorld();
  const keys = open();
  for (let number = 0; number < 50; number += 1) await keys.save(acme, `provider-${number}`, apiKey, calm);
  await expect(keys.save(acme, 'one-more', apiKey, calm)).rejects.toMatchObject({ code: 'conflict' });
  await keys.save(acme, 'provider-0', 'another-key-of-it', calm);
  expect(await keys.find(acme, 'provider-0', calm)).toBe('another-key-of-it');
  expect(await keys.list(acme, calm)).toHaveLength(50);
});
