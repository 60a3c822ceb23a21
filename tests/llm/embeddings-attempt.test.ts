import { expect, test } from 'vitest';
import { toEmbeddingsAttempt } from '#lib/llm/embeddings-attempt.ts';
import { createUnpricedModel } from '#lib/llm/unpriced-model.ts';

const model = createUnpricedModel({ id: 'words', kind: 'embedding' });
const attempt = (input: unknown) =>
  toEmbeddingsAttempt({ createEmbeddings: async () => expect.fail('no call was expected') }, { input });

test('vectors for more text may take longer, within bounds', () => {
  expect(attempt('x').extraTime).toBeLessThan(1);
  expect(attempt('x'.repeat(49_998)).extraTime).toBe(1_000);
  expect(attempt(Array.from({ length: 10 }, () => 'x'.repeat(1_000_000))).extraTime).toBe(105_000);
});

test('texts are counted one by one, beyond ASCII by their characters, and tokens as what they are', () => {
  expect(attempt(['four4', '世界', 'x']).promptTokens(model)).toBe(2 + 2 + 1);
  expect(attempt([[1, 2, 3], [4]]).promptTokens(model)).toBe(4);
});
