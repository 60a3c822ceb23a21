import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import * as v from 'valibot';
import { expect, test } from 'vitest';
import type { AuditStore } from '#lib/audit/audit-store.ts';
import { createSqliteState } from '#lib/state/create-sqlite-state.ts';
import { toRefText } from '#lib/tenancy/state-key.ts';
import { parseTenantId } from '#lib/tenancy/tenant-id.ts';
import { createTenantRegistry } from '#lib/tenancy/tenant-registry.ts';
import { accountOf } from '#lib/tenancy/tenant.ts';
import { readChain } from '#tests/audit/read-chain.ts';
import { createToken } from '#tests/support/platform.ts';
import { startProcess, temporaryDirectory, type PlatformProcess } from '#tests/support/process.ts';
import { calm } from '#tests/support/scope.ts';

const NewKey = v.object({ id: v.string() });
const Documents = v.object({ documents: v.array(v.object({ id: v.string() })) });
const Keys = v.object({ keys: v.array(NewKey) });

interface Client {
  send(method: string, path: string, body?: object): Promise<Response>;
}

const createClient = ({ url }: PlatformProcess, token: string): Client => ({
  send: (method, path, body) =>
    fetch(`${url}${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body ? { body: JSON.stringify(body) } : {}),
    }),
});

/** Makes, and takes back, documents and keys without end; tells of each change that was acknowledged. */
async function mutate({ send }: Client, tenant: string, lane: string, acknowledge: (change: string) => void) {
  for (let index = 0; ; index += 1) {
    const document = `${lane}-${index}`;
    const stored = await send('PUT', `/v1/documents/${document}`, { text: `Text of ${document}` });
    expect(stored.ok).toBe(true);
    acknowledge(`document.create ${document}`);
    const created = await send('POST', `/v1/tenants/${tenant}/keys`, { name: document, role: 'reader' });
    const key = v.parse(NewKey, await created.json()).id;
    acknowledge(`api_key.create ${key}`);
    if (index % 2 === 0) continue;
    expect((await send('DELETE', `/v1/documents/${document}`)).ok).toBe(true);
    acknowledge(`document.remove ${document}`);
    expect((await send('DELETE', `/v1/tenants/${tenant}/keys/${key}`)).ok).toBe(true);
    acknowledge(`api_key.revoke ${key}`);
  }
}

async function chainOf(directory: string, tenant: string): Promise<string> {
  const state = createSqliteState(join(directory, 'state.db'));
  const tenants = createTenantRegistry({ store: state.store, now: Date.now, randomBytes });
  const record = await tenants.find(parseTenantId(tenant) ?? expect.fail('It is a tenant id'), calm);
  await state.close();
  return toRefText(accountOf(record ?? expect.fail('The tenant is registered')));
}

interface AuditDurability {
  env?: Record<string, string>;
  tenant: string;
  kills: number;
  /** The store that a process with this data folder has written to. */
  open: (directory: string) => Promise<AuditStore>;
}

/** Killed once so many changes were acknowledged, and a moment later. */
async function mutateUntilKilled(platform: PlatformProcess, client: Client, tenant: string, name: string) {
  const acknowledged: string[] = [];
  const most = 2 + Math.floor(Math.random() * 8);
  const kill = () => void setTimeout(() => platform.child.kill('SIGKILL'), Math.random() * 30);
  const acknowledge = (change: string) => {
    acknowledged.push(change);
    if (acknowledged.length === most) kill();
  };
  const lanes = await Promise.allSettled(
    [0, 1, 2].map((lane) => mutate(client, tenant, `${name}l${lane}`, acknowledge)),
  );
  await platform.exit;
  // `fetch` throws one when the connection went with the process.
  for (const lane of lanes) if (lane.status === 'rejected') expect(lane.reason).toBeInstanceOf(TypeError);
  return acknowledged;
}

/** What a start has compiled is there for the next one; a process that is killed leaves nothing of it. */
async function warmUp(env: Record<string, string>): Promise<void> {
  const { child, exit } = await startProcess(temporaryDirectory(), env);
  child.kill('SIGTERM');
  expect(await exit).toBe(0);
}

async function killAgainAndAgain({ env = {}, tenant, kills, open }: AuditDurability): Promise<number> {
  const directory = temporaryDirectory();
  const token = await createToken({ tenant_id: tenant, role: 'tenant_admin' });
  const acknowledged: string[] = [];
  for (let round = 0; round < kills; round += 1) {
    const platform = await startProcess(directory, env);
    acknowledged.push(...(await mutateUntilKilled(platform, createClient(platform, token), tenant, `r${round}`)));
  }

  const { send } = createClient(await startProcess(directory, env), token);
  const { documents } = v.parse(Documents, await (await send('GET', '/v1/documents?limit=1000')).json());
  const { keys } = v.parse(Keys, await (await send('GET', `/v1/tenants/${tenant}/keys`)).json());

  const store = await open(directory);
  const events = await readChain(store, await chainOf(directory, tenant));
  await store.close();
  const has = (wanted: string) => {
    const found = events.filter(({ outcome }) => outcome === wanted);
    return new Set(found.map(({ action, target }) => `${action} ${target}`));
  };
  const [intents, outcomes] = [has('begun'), has('success')];
  expect(acknowledged.filter((change) => !intents.has(change) || !outcomes.has(change))).toEqual([]);
  const happened = [
    ...documents.map(({ id }) => `document.create ${id}`),
    ...keys.map(({ id }) => `api_key.create ${id}`),
  ];
  expect(happened.filter((change) => !intents.has(change))).toEqual([]);
  const there = new Set(happened);
  const gone = acknowledged.filter((change) => change.includes('create') && !there.has(change));
  const undo = (change: string) =>
    change.replace('document.create', 'document.remove').replace('key.create', 'key.revoke');
  expect(gone.filter((change) => !intents.has(undo(change)))).toEqual([]);
  return acknowledged.length;
}

/**
 * A process is killed while it makes and removes documents and keys, again and again on the same data: the chain has no
 * gap, what was acknowledged has its intent and its outcome there, and whatever has happened its intent.
 */
export function describeAuditDurability(name: string, durability: AuditDurability): void {
  const { kills, env } = durability;
  test(`${name}: after ${kills} kills the audit trail knows of all that was done`, { timeout: 300_000 }, async () => {
    const warm = { ...env, NODE_COMPILE_CACHE: temporaryDirectory() };
    await warmUp(warm);
    // Two platforms at once take less time, each on data of its own.
    const halves = [Math.ceil(kills / 2), Math.floor(kills / 2)];
    const runs = halves.map((some, index) =>
      killAgainAndAgain({ ...durability, env: warm, tenant: `${durability.tenant}-${index}`, kills: some }),
    );
    const acknowledged = await Promise.all(runs);
    expect(Math.min(...acknowledged)).toBeGreaterThan(kills / 2);
  });
}
