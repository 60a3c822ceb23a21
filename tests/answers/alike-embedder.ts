import type { Embedder } from '#lib/llm/embedder.ts';
import { createUnpricedModel } from '#lib/llm/unpriced-model.ts';

/** To whom all questions are alike, but for those that are given another direction. */
export function createAlikeEmbedder(directions: Record<string, readonly number[]> = {}) {
  const asked: string[] = [];
  const embedder: Embedder = {
    identity: 'test/3',
    dimensions: 3,
    model: createUnpricedModel({ id: 'test', kind: 'embedding' }),
    async embed(_, texts) {
      asked.push(...texts);
      return texts.map((text) => Float32Array.from(directions[text] ?? [1, 0, 0]));
    },
  };
  return { embedder, asked };
}
