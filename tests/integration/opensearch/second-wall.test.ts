import { afterAll, beforeAll, expect, test } from 'vitest';
import { EngineRefusal } from '#lib/retrieval/engine-refusal.ts';
import { createGuardedEngine } from '#lib/retrieval/engine-guarded.ts';
import { firstVersionOf, toAlias, toIndexName } from '#lib/retrieval/opensearch/names.ts';
import { createTenantTokens } from '#lib/retrieval/opensearch/tenant-tokens.ts';
import type { EngineCall, Transport } from '#lib/retrieval/opensearch/transport.ts';
import type { LeakageAttempt } from '#lib/tenancy/leakage.ts';
import { freshTenant } from '#tests/contracts/search-engine/under-test.ts';
import { toNewDocument, toSearch } from '#tests/support/documents.ts';
import { calm, createScope } from '#tests/support/scope.ts';
import { createTestTransport } from '#tests/support/opensearch-transport.ts';
import { createTestEngine, secureSecret, secureServer } from '../support/opensearch.ts';

/**
 * The engine's own wall, with ours taken away: every call names the other tenant's index, id and
 * alias, as if all our checks had failed, and carries the token of its own tenant.
 */

const acme = createScope(freshTenant());
// Its name begins with the other's: a pattern with a star behind it would match both.
const corp = createScope(`${acme.tenantId}-corp`);
const canary = 'canary-of-corp-51c7';
const engine = createTestEngine(secureServer());
const transport = createTestTransport(secureServer());
const options = { timeout: 5_000, tries: 1 };

/** Sends each call of `acme` to what belongs to `corp`. */
const astray: Transport = {
  send: (identity, call, callOptions, signal) => {
    const text = JSON.stringify(call).replaceAll(`genai_${acme.tenantId}`, `genai_${corp.tenantId}`);
    return transport.send(identity, JSON.parse(text) as EngineCall, callOptions, signal);
  },
  close: async () => undefined,
};

beforeAll(async () => {
  await engine.upsert(acme, [toNewDocument('same', 'text of acme')], calm);
  await engine.upsert(corp, [toNewDocument('same', canary)], calm);
});

afterAll(async () => {
  for (const scope of [acme, corp]) await engine.drop(scope, calm);
  await engine.close();
  await transport.close();
});

test('a tenant reaches its own index', async () => {
  expect(await engine.findText(acme, 'same', calm)).toBe('text of acme');
  expect(await engine.findText(corp, 'same', calm)).toBe(canary);
});

test('every method of an adapter that has lost its way is refused by the engine, and reported', async () => {
  const attempts: LeakageAttempt[] = [];
  const lost = createTestEngine(secureServer(), { transport: astray });
  const guarded = createGuardedEngine(lost, { report: (attempt) => void attempts.push(attempt) });
  const document = toNewDocument('same', 'written by acme');
  const calls: Record<string, (target: typeof lost) => Promise<unknown>> = {
    search: (target) => target.search(acme, toSearch('canary'), calm),
    find: (target) => target.find(acme, 'same', calm),
    findText: (target) => target.findText(acme, 'same', calm),
    findStates: (target) => target.findStates(acme, ['same'], calm),
    list: (target) => target.list(acme, { after: undefined, limit: 10 }, calm),
    upsert: (target) => target.upsert(acme, [document], calm),
    remove: (target) => target.remove(acme, 'same', calm),
    count: (target) => target.count(acme, calm),
  };
  for (const [name, call] of Object.entries(calls)) {
    await expect(call(lost), name).rejects.toBeInstanceOf(EngineRefusal);
    if (name !== 'count') await expect(call(guarded), name).rejects.toMatchObject({ code: 'internal' });
  }
  expect(attempts).toHaveLength(7);
  expect(attempts[0]).toMatchObject({ kind: 'engine', tenantId: acme.tenantId, userId: acme.userId });
  expect(await engine.findText(corp, 'same', calm)).toBe(canary);
});

const foreign = `genai_${corp.tenantId}`;
const foreignIndex = toIndexName(corp.tenantId, firstVersionOf(corp.incarnation));
const own = toAlias(acme);
const search = { query: { match_all: {} } };
const line = `${JSON.stringify({ index: { _index: foreignIndex, _id: 'x' } })}\n{"kind":"chunk"}\n`;
const calls: [string, EngineCall][] = [
  ['its alias', { method: 'POST', path: `/${foreign}/_search`, body: search }],
  ['its alias of this incarnation', { method: 'POST', path: `/${toAlias(corp)}/_search`, body: search }],
  ['its index', { method: 'POST', path: `/${foreignIndex}/_search`, body: search }],
  ['a star behind the own name', { method: 'POST', path: `/genai_${acme.tenantId}*/_search`, body: search }],
  ['every index of the platform', { method: 'POST', path: '/genai_*/_search', body: search }],
  ['every index', { method: 'POST', path: '/_search', body: search }],
  ['its own and the other', { method: 'POST', path: `/genai_${acme.tenantId},${foreign}/_search`, body: search }],
  ['a document by its id', { method: 'GET', path: `/${foreign}/_doc/ledger.first` }],
  ['many documents', { method: 'POST', path: '/_mget', body: { docs: [{ _index: foreign, _id: 'ledger.first' }] } }],
  ['many searches', { method: 'POST', path: '/_msearch', body: `{"index":"${foreign}"}\n${JSON.stringify(search)}\n` }],
  ['a count', { method: 'POST', path: `/${foreign}/_count`, body: search }],
  ['an update', { method: 'POST', path: `/${foreign}/_update/ledger.first`, body: { doc: { kind: 'x' } } }],
  ['a delete by query', { method: 'POST', path: `/${foreign}/_delete_by_query`, body: search }],
  ['its mapping', { method: 'GET', path: `/${foreign}/_mapping` }],
  ['its settings', { method: 'GET', path: `/${foreign}/_settings` }],
  ['a deletion', { method: 'DELETE', path: `/${foreignIndex}` }],
  [
    'an alias of its own upon it',
    {
      method: 'POST',
      path: '/_aliases',
      body: { actions: [{ add: { index: foreignIndex, alias: `genai_${acme.tenantId}.v9` } }] },
    },
  ],
  [
    'a copy of it',
    {
      method: 'POST',
      path: '/_reindex',
      body: { source: { index: foreign }, dest: { index: own } },
    },
  ],
  ['the names of all indices', { method: 'GET', path: '/_cat/indices' }],
  ['the cluster', { method: 'GET', path: '/_cluster/state' }],
  ['a snapshot', { method: 'PUT', path: '/_snapshot/own', body: { type: 'fs', settings: { location: 'x' } } }],
];

test.each(calls)('a token is refused %s', async (_name, call) => {
  await expect(transport.send(acme, call, options, calm)).rejects.toBeInstanceOf(EngineRefusal);
});

test('a token is refused the security plugin’s own API', async () => {
  const call = { method: 'GET', path: '/_plugins/_security/api/roles' } as const;
  await expect(transport.send(acme, call, options, calm)).rejects.toMatchObject({ statusCode: 403 });
});

test('a terms lookup reads no other tenant’s row', async () => {
  const lookup = { terms: { write: { index: foreign, id: 'ledger.first', path: 'entries.write' } } };
  const call = { method: 'POST', path: `/${own}/_search`, body: { query: lookup } } as const;
  await expect(transport.send(acme, call, options, calm)).rejects.toBeInstanceOf(EngineRefusal);
});

test('a bulk request writes to no other index than its own', async () => {
  const call = { method: 'POST', path: `/${own}/_bulk`, body: line } as const;
  const answer = await transport.send(acme, call, options, calm);
  expect(answer).toMatchObject({ errors: true, items: [{ index: { status: 403 } }] });
});

test('the platform’s own user manages indices and reads no tenant’s rows', async () => {
  await expect(
    transport.send('platform', { method: 'GET', path: `/${foreign}/_mapping` }, options, calm),
  ).resolves.toBeDefined();
  await expect(
    transport.send('platform', { method: 'POST', path: `/${foreign}/_search`, body: search }, options, calm),
  ).rejects.toMatchObject({ code: 'search_unavailable', cause: { statusCode: 403 } });
});

test.each([
  ['of another key', () => createTenantTokens(new Uint8Array(64).fill(7), Date.now)],
  ['that has run out', () => createTenantTokens(secureSecret(), () => Date.now() - 120_000)],
])('a token %s opens nothing', async (_name, mint) => {
  const other = createTestTransport({ ...secureServer(), mintTenantToken: mint() });
  const call = { method: 'POST', path: `/${own}/_search`, body: search } as const;
  await expect(other.send(acme, call, options, calm)).rejects.toMatchObject({ code: 'search_unavailable' });
  await other.close();
});
