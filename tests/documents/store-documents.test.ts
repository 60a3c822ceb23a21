import { expect, test } from 'vitest';
import { ApiError } from '#lib/core/api-error.ts';
import { createStoreDocuments } from '#lib/documents/store-documents.ts';
import type { Embedder } from '#lib/llm/embedder.ts';
import { createUnpricedModel } from '#lib/llm/unpriced-model.ts';
import type { NewDocument } from '#lib/retrieval/engine.ts';
import { calm, createScope } from '#tests/support/scope.ts';

const scope = createScope('acme');

const toDocument = (id: string): NewDocument => ({
  id,
  title: id,
  mediaType: 'text/plain',
  metadata: {},
  groups: [],
  contentHash: id,
  fingerprint: id,
  text: id,
  pieces: [{ text: id, start: 0, end: id.length, headings: [] }],
  embedder: undefined,
});

function createWorld(makeVectors: (texts: readonly string[]) => Promise<Float32Array[]>) {
  const calls: string[][] = [];
  const state = { underWay: 0, most: 0 };
  const embedder: Embedder = {
    identity: 'words/1',
    dimensions: 1,
    model: createUnpricedModel({ id: 'words', kind: 'embedding' }),
    async embed(_payer, texts) {
      calls.push([...texts]);
      state.underWay += 1;
      state.most = Math.max(state.most, state.underWay);
      try {
        return await makeVectors(texts);
      } finally {
        state.underWay -= 1;
      }
    },
  };
  const stored: string[] = [];
  const storeDocuments = createStoreDocuments({
    engine: {
      async upsert(_scope, documents) {
        stored.push(...documents.map(({ id }) => id));
        return new Map();
      },
    },
    embedder,
    writes: { during: (_tenant, work, signal) => work(signal) },
  });
  const run = () => storeDocuments(scope, ['one', 'two', 'three'].map(toDocument), calm);
  return { run, calls, state, stored };
}

test('where all together fail, one document after the other is tried, and the others are stored', async () => {
  const { run, calls, state, stored } = createWorld(async (texts) => {
    await Promise.resolve();
    if (texts.some((text) => text.includes('two'))) throw new ApiError('model_error');
    return texts.map(() => Float32Array.of(1));
  });
  const failures = await run();
  expect([...failures.keys()]).toEqual(['two']);
  expect(stored).toEqual(['one', 'three']);
  expect(calls).toHaveLength(4);
  expect(state.most).toBe(1);
});

test('where the budget is at its end nothing is tried again, and all say so', async () => {
  const { run, calls, stored } = createWorld(() => Promise.reject(new ApiError('budget_exhausted')));
  const failures = await run();
  const exhausted = expect.objectContaining({ code: 'budget_exhausted' });
  expect([...failures]).toEqual(['one', 'two', 'three'].map((id) => [id, exhausted]));
  expect(calls).toHaveLength(1);
  expect(stored).toEqual([]);
});
