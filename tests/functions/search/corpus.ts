import type * as v from 'valibot';
import { BatchResponse } from '#functions/documents/contract.ts';
import { SearchResponse } from '#functions/search/contract.ts';
import { parseBody } from '#tests/support/body.ts';
import { createTestPlatform, createToken, type TestPlatform } from '#tests/support/platform.ts';

export interface Corpus extends TestPlatform {
  token: string;
  /** A search that must succeed, as tenant acme's member or as whom the token says. */
  search(json: Record<string, unknown>, token?: string): Promise<v.InferOutput<typeof SearchResponse>>;
  store(documents: Record<string, unknown>[], token?: string): Promise<void>;
}

/** A platform whose tenant acme has these documents. */
export async function createCorpus(documents: Record<string, unknown>[], env: NodeJS.ProcessEnv = {}): Promise<Corpus> {
  const platform = await createTestPlatform(env);
  const token = await createToken();
  async function store(items: Record<string, unknown>[], as = token) {
    const response = await platform.call('POST /v1/documents', { token: as, json: { documents: items } });
    const body = await parseBody(BatchResponse, response);
    if (!body.results.every(({ status }) => status === 'created'))
      throw new Error(`The documents were not stored: ${JSON.stringify(body)}`);
  }
  if (documents.length > 0) await store(documents);
  return {
    ...platform,
    token,
    store,
    search: async (json, as = token) =>
      parseBody(SearchResponse, await platform.call('POST /v1/search', { token: as, json })),
  };
}

/** The documents of the hits, in their order. */
export const idsOf = ({ hits }: { hits: { document_id: string }[] }): string[] => hits.map(({ document_id: id }) => id);
