import { expect, test } from 'vitest';
import { createSearchApp } from '#functions/search/app.ts';
import { createQueryApp } from '#functions/query/app.ts';
import { createDocumentsApp } from '#functions/documents/app.ts';
import { createQueryDeps } from '#functions/query/deps.ts';
import { createSearchDeps } from '#functions/search/deps.ts';
import { createDocumentsDeps } from '#functions/documents/deps.ts';
import type { DocumentRecord, Hit, SearchEngine } from '#lib/retrieval/engine.ts';
import { createModels } from '#lib/llm/create-models.ts';
import { createRetrieve } from '#lib/retrieval/retrieve.ts';
import { createTestPlatform, createToken } from '#tests/support/platform.ts';

const secret = 'text of tenant beta';
const shared = { title: 'x', mediaType: 'text/plain', metadata: {} };
const record = (tenantId: string, id: string): DocumentRecord => ({
  ...shared,
  tenantId,
  id,
  groups: [],
  contentHash: '',
  chunks: 1,
  createdAt: '',
  updatedAt: '',
});
const hit = (tenantId: string): Hit => ({
  ...shared,
  tenantId,
  documentId: 'a',
  chunk: 0,
  start: 0,
  end: 1,
  text: secret,
  score: 1,
  clauses: {},
  similarity: 1,
});

/** An engine whose isolation has failed: it gives out rows of tenant beta. */
const broken = {
  search: async () => ({ hits: [hit('acme'), hit('beta')], hasMore: false, isDegraded: false }),
  find: async () => record('beta', 'a'),
  list: async () => [record('acme', 'a'), record('beta', 'b')],
} satisfies Partial<SearchEngine>;

test.each([
  ['POST /v1/search', { query: 'x' }],
  ['POST /v1/query', { question: 'text?' }],
  ['GET /v1/documents', undefined],
  ['GET /v1/documents/a', undefined],
])('%s withholds its whole answer where the engine gave out a foreign row', async (target, json) => {
  const { foundation, logged, metric } = await createTestPlatform();
  const engine = broken as Partial<SearchEngine> as SearchEngine;
  const retrieve = createRetrieve({ ...foundation, engine, embedder: undefined });
  const retrieval = { engine, embedder: undefined, retrieve };
  const models = createModels({}, foundation);
  const apps = [
    createSearchApp(createSearchDeps(foundation, retrieval)),
    createQueryApp(createQueryDeps(foundation, retrieval, models, { CACHE_TTL_SECONDS: 0 })),
    createDocumentsApp(
      createDocumentsDeps(foundation, retrieval, {
        prepare: async () => expect.fail('unused'),
        close: async () => undefined,
      }),
    ),
  ];
  const token = await createToken();
  const [method = '', path = ''] = target.split(' ');
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const request = () =>
    new Request(`http://x${path}`, { method, headers, ...(json ? { body: JSON.stringify(json) } : {}) });
  const responses = await Promise.all(apps.map((app) => app.fetch(request())));
  const response = responses.find(({ status }) => status !== 404);

  expect(response?.status).toBe(500);
  const text = await response?.text();
  expect(text).toContain('"code":"internal"');
  expect(text).not.toContain(secret);
  expect(await metric('genai_cross_tenant_leakage_attempts_total{kind="hit"}')).toBe(1);
  expect(logged).toContainEqual(expect.objectContaining({ event: 'cross_tenant', kind: 'hit', tenant_id: 'acme' }));
});
