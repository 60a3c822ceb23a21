import type { SearchResult } from '#lib/retrieval/engine.ts';
import type { Retrieve } from '#lib/retrieval/retrieve.ts';
import type { TenantScope } from '#lib/tenancy/tenant-scope.ts';
import type { Question } from './answer.ts';
import { hasEvidence } from './evidence.ts';
import { toSources, type Source } from './source.ts';

export interface Evidence {
  /** The question as it was searched for. */
  query: string;
  /** Empty where the documents hold too little. */
  sources: readonly Source[];
  /** A part of the documents was out of reach. */
  isDegraded: boolean;
}

/** A question that finds too little alone is searched for once more, together with the one before it. */
export const createFindEvidence =
  (retrieve: Retrieve) =>
  async (
    scope: TenantScope,
    { question, conversation, limit, filter }: Question,
    signal: AbortSignal,
  ): Promise<Evidence> => {
    const search = (query: string): Promise<SearchResult> =>
      retrieve(scope, { query, filter, limit, offset: 0, mode: 'hybrid', groupBy: 'chunk', compare: true }, signal);
    const before = conversation.findLast(({ role }) => role === 'user')?.content;
    const queries = before === undefined ? [question] : [question, `${before} ${question}`];
    let isDegraded = false;
    for (const query of queries) {
      const result = await search(query);
      isDegraded ||= result.isDegraded;
      if (hasEvidence(query, result.hits)) return { query, sources: toSources(result.hits), isDegraded };
    }
    return { query: question, sources: [], isDegraded };
  };
