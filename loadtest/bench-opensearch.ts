import { parseArgs } from 'node:util';
import * as v from 'valibot';
import type { SearchRequest } from '#lib/retrieval/engine.ts';
import { toSearchQuery } from '#lib/retrieval/opensearch/query.ts';
import type { TenantScope } from '#lib/tenancy/tenant-scope.ts';
import { createScope } from '#tests/support/scope.ts';
import { toBulkBody, toNewDocument } from './support/bulk-body.ts';
import { startLocal } from './support/platform.ts';
import { readJsonLines } from './support/json-lines.ts';
import { quantile } from './support/statistics.ts';
import { closeConnections, send } from './support/timed-call.ts';

/**
 * What the platform adds to OpenSearch: `POST /v1/documents` against the bulk API with the same rows in
 * the same batches, and `POST /v1/search` against the very query that it sends, taken in turns in one run.
 */

const { values } = parseArgs({
  options: {
    corpus: { type: 'string' },
    queries: { type: 'string' },
    documents: { type: 'string', default: '1500' },
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '6' },
  },
});
const engineUrl = process.env['OPENSEARCH_URL'];
if (values.corpus === undefined || values.queries === undefined || engineUrl === undefined) {
  console.error(
    'Usage: OPENSEARCH_URL=… npm run bench:opensearch -- --corpus FILE --queries FILE [--documents N] [--rounds N] [--seconds N]',
  );
  process.exit(2);
}

const CorpusLine = v.object({ id: v.string(), title: v.string(), text: v.string() });
const QueryLine = v.object({ text: v.string() });
const corpus = readJsonLines(values.corpus, CorpusLine).slice(0, Number(values.documents));
const queries = readJsonLines(values.queries, QueryLine).map(({ text }) => text);
const rounds = Number(values.rounds);
const milliseconds = Number(values.seconds) * 1_000;
const batchSize = 100;

const toScope = (tenant: string, incarnation: string): TenantScope =>
  createScope(tenant, { incarnation, userId: 'bench', role: 'tenant_admin' });

function* batches<T>(items: readonly T[]): Generator<T[]> {
  for (let start = 0; start < items.length; start += batchSize) yield items.slice(start, start + batchSize);
}

const platform = await startLocal({ env: { SEARCH_ENGINE: 'opensearch', LOG_LEVEL: 'info' } });
const run = Date.now().toString(36);
const tenants: string[] = [];

async function newTenant(round: string): Promise<{ tenant: string; token: string; scope: TenantScope }> {
  const tenant = `bench-${run}-${round}`;
  tenants.push(tenant);
  const token = await platform.token(tenant);
  const body = JSON.stringify({ documents: [{ id: 'first', text: 'makes the index' }] });
  await platform.request('/v1/documents', { token, body });
  const { text } = await send(`${engineUrl}/genai_${tenant}/_mapping`, { method: 'GET' });
  return { tenant, token, scope: toScope(tenant, String(/"incarnation":"([^"]+)"/.exec(text)?.[1])) };
}

async function ingestByPlatform(token: string, round: number): Promise<number> {
  const started = performance.now();
  for (const batch of batches(corpus)) {
    const body = batch.map((document) => JSON.stringify({ ...document, id: `${round}-${document.id}` })).join('\n');
    await platform.request('/v1/documents', { token, body, contentType: 'application/x-ndjson' });
  }
  return corpus.length / ((performance.now() - started) / 1_000);
}

async function ingestByBulk(scope: TenantScope, round: number, refresh: boolean): Promise<number> {
  const bodies = [...batches(corpus.map(toNewDocument))].map((batch) => toBulkBody(scope, batch, round));
  const started = performance.now();
  for (const body of bodies) {
    const url = `${engineUrl}/genai_${scope.tenantId}/_bulk?refresh=${refresh}`;
    const { text } = await send(url, { body, headers: { 'content-type': 'application/x-ndjson' } });
    if (text.includes('"errors":true')) throw new Error(text.slice(0, 500));
  }
  return corpus.length / ((performance.now() - started) / 1_000);
}

const median = (numbers: readonly number[]) => quantile(numbers, 0.5);

async function compareIngestion(): Promise<void> {
  const rates = { platform: [] as number[], bulk: [] as number[], lazy: [] as number[] };
  for (let round = 0; round < rounds; round += 1) {
    rates.bulk.push(await ingestByBulk((await newTenant(`b${round}`)).scope, round, true));
    rates.platform.push(await ingestByPlatform((await newTenant(`p${round}`)).token, round));
    rates.lazy.push(await ingestByBulk((await newTenant(`l${round}`)).scope, round, false));
  }
  const [api, bulk, lazy] = [median(rates.platform), median(rates.bulk), median(rates.lazy)];
  console.log(
    `ingest      platform ${api.toFixed(0)}/s  bulk, visible at once as the platform's ${bulk.toFixed(0)}/s (${(api / bulk).toFixed(2)})  ` +
      `bulk, never refreshed ${lazy.toFixed(0)}/s (${(api / lazy).toFixed(2)})   batches of ${batchSize}`,
  );
}

/** As many loops at once as clients, each of which asks in turns. */
async function compareSearch(clients: number): Promise<void> {
  const { token, scope } = await newTenant(`s${clients}`);
  await ingestByPlatform(token, 0);
  const request = (query: string): SearchRequest => ({
    query,
    vector: undefined,
    mode: 'hybrid',
    filter: {},
    offset: 0,
    limit: 10,
    groupBy: 'chunk',
    weights: { lexical: 0.7, ngram: 0.3, vector: 0 },
    fusion: 'weighted',
    explain: false,
    compare: false,
  });
  const byPlatform = (query: string) =>
    send(`${platform.url}/v1/search`, {
      headers: { authorization: `Bearer ${token}` },
      body: JSON.stringify({ query }),
    });
  const direct = (query: string) => {
    const found = toSearchQuery(scope, request(query), 3);
    const parameters = `search_pipeline=${found?.pipeline}&cancel_after_time_interval=1400ms`;
    return send(`${engineUrl}/genai_${scope.tenantId}/_search?${parameters}`, {
      body: JSON.stringify({ timeout: '1400ms', ...found?.body }),
    });
  };
  const times = { platform: [] as number[], direct: [] as number[] };
  /** One way at a time, so that neither waits for the other's work; in short turns, so that both meet the same machine. */
  const turn = async (way: keyof typeof times, until: number, record: boolean) => {
    let next = 0;
    await Promise.all(
      Array.from({ length: clients }, async () => {
        while (performance.now() < until) {
          const query = queries[(next += 1) % queries.length] ?? '';
          const { milliseconds: taken } = await (way === 'platform' ? byPlatform(query) : direct(query));
          if (record) times[way].push(taken);
        }
      }),
    );
  };
  for (let round = -1; round < rounds * 2; round += 1) {
    for (const way of ['platform', 'direct'] as const) {
      await turn(way, performance.now() + milliseconds / 2, round >= 0);
    }
  }
  const show = (share: number) => {
    const [api, engine] = [quantile(times.platform, share), quantile(times.direct, share)];
    return `p${share * 100} ${api.toFixed(1)} to ${engine.toFixed(1)} ms (${(api / engine).toFixed(2)})`;
  };
  console.log(
    `search      ${String(clients).padStart(2)} clients  ${show(0.5)}  ${show(0.99)}  (${times.platform.length} and ${times.direct.length} searches)`,
  );
}

try {
  await compareIngestion();
  for (const clients of [1, 16]) await compareSearch(clients);
} finally {
  for (const tenant of tenants) await platform.removeTenant(tenant);
  await platform.close();
  closeConnections();
}
