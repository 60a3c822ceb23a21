import { execFile } from 'node:child_process';
import { expect, onTestFinished } from 'vitest';
import { BatchResponse, DocumentResponse, ListResponse } from '#functions/documents/contract.ts';
import { createLedger } from '#lib/retrieval/opensearch/ledger.ts';
import { firstVersionOf, toIndexName, toTenantAlias } from '#lib/retrieval/opensearch/names.ts';
import type { Identity } from '#lib/retrieval/opensearch/transport.ts';
import { parseTenantId } from '#lib/tenancy/tenant-id.ts';
import { freshTenant } from '#tests/contracts/search-engine/under-test.ts';
import { createPlatformAdmin } from '#tests/functions/tenants/admin.ts';
import { parseBody } from '#tests/support/body.ts';
import { createTestPlatform, createToken, testSecret } from '#tests/support/platform.ts';
import { temporaryDirectory } from '#tests/support/process.ts';
import { calm } from '#tests/support/scope.ts';
import { createTestTransport } from '#tests/support/opensearch-transport.ts';
import { secureServer } from '../support/opensearch.ts';
import { secureSearchEnv } from '#tests/support/real-engines.ts';

interface Outcome {
  code: number;
  output: string;
}

const textOf = (index: number): string => `Refunds of case ${index} are paid out after ${index + 3} days. `.repeat(40);

/** Three tenants on OpenSearch behind its security plugin, with a snapshot repository of their own. */
export async function createBackupWorld() {
  const directory = temporaryDirectory();
  const env = { ...secureSearchEnv(), DATA_DIR: directory, JWT_SECRET: testSecret };
  const platform = await createTestPlatform({ ...env, TENANT_AUTO_CREATE: 'false' });
  const transport = createTestTransport(secureServer());
  const admin = await createPlatformAdmin();
  const acme = freshTenant();
  const tenants = [acme, `${acme}-corp`, freshTenant()] as const;
  const repository = `genai-test-${acme}`;

  const send = (
    method: 'GET' | 'POST' | 'PUT' | 'DELETE',
    path: string,
    body?: object,
    identity: Identity = 'platform',
  ) =>
    transport.send(
      identity,
      { method, path, ...(body === undefined ? {} : { body }) },
      { timeout: 30_000, tries: 1 },
      calm,
    );
  const ignore = () => undefined;

  onTestFinished(async () => {
    for (const id of tenants) {
      await platform.call(`DELETE /v1/tenants/${id}`, { token: admin });
      // What was restored by force belongs to no tenant any more.
      for (const name of await findIndices(id)) await send('DELETE', `/${name}`).catch(ignore);
    }
    await send('DELETE', `/_snapshot/${repository}/genai-*`).catch(ignore);
    await send('DELETE', `/_snapshot/${repository}`).catch(ignore);
    await transport.close();
  });

  const asAdmin = (tenant: string) => createToken({ tenant_id: tenant, role: 'tenant_admin', groups: ['board', 'hr'] });

  /** Names of the indices that the tenant has; the second wall keeps from asking for `genai_<tenant>*`. */
  async function findIndices(tenant: string): Promise<string[]> {
    return Object.keys(
      Object(await send('GET', `/${toTenantAlias(tenant)}.v*?allow_no_indices=true&filter_path=*.aliases`)),
    );
  }

  async function store(tenant: string, count: number, changes: object = {}): Promise<void> {
    const documents = Array.from({ length: count }, (_, index) => ({
      id: `doc-${index}`,
      title: `Case ${index} of ${tenant}`,
      text: textOf(index),
      metadata: { number: index, tags: ['a', `tag-${index}`], deep: { of: tenant } },
      groups: index % 3 === 0 ? ['board'] : [],
      ...changes,
    }));
    const response = await platform.call('POST /v1/documents', { token: await asAdmin(tenant), json: { documents } });
    const { results } = await parseBody(BatchResponse, response);
    expect(results.map(({ status }) => status)).not.toContain('failed');
  }

  /** Every document with its text, as the tenant's administrator reads it. */
  async function readAll(tenant: string): Promise<object[]> {
    const token = await asAdmin(tenant);
    const all: object[] = [];
    const { documents } = await parseBody(ListResponse, await platform.call('GET /v1/documents?limit=100', { token }));
    for (const { id } of documents) {
      const document = await parseBody(DocumentResponse, await platform.call(`GET /v1/documents/${id}`, { token }));
      const text = await platform.call(`GET /v1/documents/${id}/text`, { token });
      all.push({ ...document, text: await text.text() });
    }
    return all;
  }

  const readEach = async (): Promise<Record<string, object[]>> =>
    Object.fromEntries(await Promise.all(tenants.map(async (id) => [id, await readAll(id)] as const)));

  /** Finds the documents by their words and takes a new one. */
  async function expectWorking(tenant: string): Promise<void> {
    const token = await asAdmin(tenant);
    const search = await platform.call('POST /v1/search', { token, json: { query: 'refunds of case 1' } });
    expect(Object(await search.json()).hits.length).toBeGreaterThan(0);
    const put = await platform.call('PUT /v1/documents/new', { token, json: { text: 'A dragonfly is new.' } });
    expect(put.status).toBe(201);
    const found = await platform.call('POST /v1/search', { token, json: { query: 'dragonfly' } });
    expect(await found.json()).toMatchObject({ hits: [{ document_id: 'new' }] });
  }

  const snapshot = (...args: string[]): Promise<Outcome> =>
    new Promise((resolve) => {
      execFile(
        process.execPath,
        ['functions/operator/snapshot.ts', ...args, '--repository', repository],
        { env: { PATH: process.env['PATH'], ...env } },
        (error, stdout, stderr) => resolve({ code: Number(error?.code ?? 0), output: stdout + stderr }),
      );
    });

  /** Takes one, and gives its name. */
  async function takeSnapshot(): Promise<string> {
    const { code, output } = await snapshot('create', '--type', 'fs', '--location', repository);
    expect(code, output).toBe(0);
    return /(genai-\d{8}t\d{6}z) {2}(?:SUCCESS|PARTIAL)/.exec(output)?.[1] ?? expect.fail(output);
  }

  async function refOf(tenant: string) {
    const id = parseTenantId(tenant) ?? expect.fail(`${tenant} is no tenant id`);
    const record = await platform.foundation.tenants.find(id, calm);
    return { tenantId: tenant, incarnation: record?.incarnation ?? expect.fail(`There is no tenant ${tenant}`) };
  }

  /** The name of the tenant's index, or of the one that comes so many after it. */
  async function nameOf(tenant: string, later = 0): Promise<string> {
    return toIndexName(tenant, firstVersionOf((await refOf(tenant)).incarnation) + later);
  }

  for (const id of tenants) {
    await platform.addTenant(id);
    await store(id, 7);
  }
  return {
    platform,
    transport,
    ledger: createLedger({ transport }),
    tenants,
    repository,
    env,
    admin,
    send,
    store,
    readAll,
    readEach,
    expectWorking,
    findIndices,
    snapshot,
    takeSnapshot,
    refOf,
    nameOf,
    asAdmin,
  };
}
