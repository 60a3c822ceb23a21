import { expect, test } from 'vitest';
import { createChatDeps } from '#functions/chat/deps.ts';
import { createDocumentsDeps } from '#functions/documents/deps.ts';
import { createQueryDeps } from '#functions/query/deps.ts';
import { createSearchDeps } from '#functions/search/deps.ts';
import { createAuthDeps } from '#functions/auth/deps.ts';
import type { SearchEngine } from '#lib/retrieval/engine.ts';
import { createTestPlatform } from '#tests/support/platform.ts';
import { createModels } from '#lib/llm/create-models.ts';
import { calm, createScope } from '#tests/support/scope.ts';

/** Fails on whatever is called. */
const untouchable = new Proxy({} as SearchEngine, {
  get: (_target, name) => () => expect.fail(`${String(name)} was called`),
});

test('every verb inside a tenant asks for its permission before it touches anything', async () => {
  const { foundation } = await createTestPlatform();
  const scope = createScope('acme', { role: 'platform_admin' as never });
  const retrieval = {
    engine: untouchable,
    embedder: undefined,
    retrieve: async () => expect.fail('retrieve was called'),
  };
  const preparer = { prepare: async () => expect.fail('prepare was called'), close: async () => undefined };
  const models = createModels({}, foundation);
  const documents = createDocumentsDeps(foundation, retrieval, preparer);
  const { searchDocuments } = createSearchDeps(foundation, retrieval);
  const { answerQuestion } = createQueryDeps(foundation, retrieval, models, { CACHE_TTL_SECONDS: 0 });
  const chat = createChatDeps(foundation, retrieval, models, { CACHE_TTL_SECONDS: 0 });
  const { exchangeToken } = createAuthDeps(foundation);
  const search = {
    query: 'x',
    mode: 'hybrid',
    filter: {},
    groupBy: 'chunk',
    fusion: 'weighted',
    explain: false,
    limit: 1,
    cursor: undefined,
  } as const;
  const question = {
    question: 'x',
    conversation: [],
    limit: 1,
    filter: {},
    model: undefined,
    maxOutputTokens: undefined,
    temperature: undefined,
    isFresh: false,
  };
  const calls: Record<string, () => unknown> = {
    search: () => searchDocuments(scope, search, calm),
    ask: () => answerQuestion(scope, question),
    list: () => documents.listDocuments(scope, { limit: 1 }, calm),
    get: () => documents.getDocument(scope, 'a', calm),
    text: () => documents.getDocumentText(scope, 'a', calm),
    remove: () => documents.removeDocument(scope, 'a', calm),
    ingest: () => documents.ingest(scope, [], calm).next(),
    token: () => exchangeToken(scope, calm),
    complete: () => chat.completeChat(scope, { messages: [] }, { isFresh: false }),
    embed: () => chat.embed(scope, { input: 'x' }, calm),
    models: () => chat.listModels(scope),
    model: () => chat.getModel(scope, 'x'),
  };
  for (const [name, call] of Object.entries(calls)) {
    await expect((async () => call())(), name).rejects.toMatchObject({ code: 'forbidden' });
  }
});
