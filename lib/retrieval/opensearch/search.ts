import * as v from 'valibot';
import type { TenantScope } from '#lib/tenancy/tenant-scope.ts';
import type { ClauseWeights, Hit, SearchRequest, SearchResult } from '../engine.ts';
import { isMissing, searchUnavailable } from './errors.ts';
import type { Clock } from '#lib/core/clock.ts';
import type { Ledger } from './ledger.ts';
import { toAlias } from './names.ts';
import { toSearchQuery, type SearchQuery } from './query.ts';
import { ScoreAnswer, SearchAnswer, toHit, type HitRow } from './rows.ts';
import type { Transport } from './transport.ts';
import { isRecentWrite } from './write-id.ts';

/** Milliseconds after which the engine answers with what it has, gives up, and we stop waiting for it. */
const engineTimeout = 1_300;
const cancelTimeout = 1_450;
const timeout = 1_500;
const maxConsistencyTries = 3;
/** Rows a document, from the first search to the last, where documents are wanted. */
const minFactor = 3;
const maxFactor = 40;

export interface SearchDeps {
  transport: Transport;
  ledger: Pick<Ledger, 'areSettled'>;
  now: Clock;
}

interface Found {
  rows: readonly HitRow[];
  isDegraded: boolean;
}

async function ask(
  transport: Transport,
  scope: TenantScope,
  { body, pipeline }: Pick<SearchQuery, 'body' | 'pipeline'>,
  signal: AbortSignal,
): Promise<unknown> {
  const query = {
    cancel_after_time_interval: `${cancelTimeout}ms`,
    // The same copy for the same user, so that equal scores keep their order from page to page.
    preference: `u${Buffer.from(scope.userId).toString('base64url')}`,
    ...(pipeline === undefined ? {} : { search_pipeline: pipeline }),
  };
  const path = `/${toAlias(scope)}/_search`;
  const call = { method: 'POST', path, query, body: { timeout: `${engineTimeout}ms`, ...body } } as const;
  return transport.send(scope, call, { timeout, tries: 2 }, signal);
}

async function run(transport: Transport, scope: TenantScope, query: SearchQuery, signal: AbortSignal): Promise<Found> {
  const answer = v.parse(SearchAnswer, await ask(transport, scope, query, signal));
  const { failed, total } = answer._shards;
  if (total > 0 && failed === total) throw searchUnavailable(new Error('Every shard failed'));
  return { rows: answer.hits.hits, isDegraded: answer.timed_out || failed > 0 };
}

/** True where one clause saw a document before it was replaced and another one after. */
function isMixed(rows: readonly HitRow[]): boolean {
  const writes = new Map<string, string>();
  return rows.some(({ _source: { document_id: id, write } }) => {
    const known = writes.get(id) ?? write;
    writes.set(id, known);
    return known !== write;
  });
}

/** The writes that may have been under way while the search was answered. */
const recentWrites = (rows: readonly HitRow[], now: number): ReadonlySet<string> =>
  new Set(rows.map(({ _source }) => _source.write).filter((write) => isRecentWrite(write, now)));

/**
 * The engine looks into the ledger a moment before it looks into the rows. What was written in between
 * can't be told from what was committed, so that after recent rows the ledger is asked once more.
 */
async function runConsistently(
  { transport, ledger, now }: SearchDeps,
  scope: TenantScope,
  query: SearchQuery,
  signal: AbortSignal,
): Promise<Found> {
  for (let tries = 1; ; tries += 1) {
    const found = await run(transport, scope, query, signal);
    const recent = recentWrites(found.rows, now());
    const isSettled = recent.size === 0 || (await ledger.areSettled(scope, recent, signal));
    if (isSettled && !isMixed(found.rows)) return found;
    if (tries === maxConsistencyTries) throw searchUnavailable(new Error('A document is replaced again and again'));
  }
}

/** The best row of each document; rows come best first. */
function bestOfEach(rows: readonly HitRow[]): readonly HitRow[] {
  const seen = new Set<string>();
  return rows.filter(({ _source: { document_id: id } }) => !seen.has(id) && seen.add(id));
}

function cosine(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let product = 0;
  let squareA = 0;
  let squareB = 0;
  for (let index = 0; index < a.length; index += 1) {
    const [x = 0, y = 0] = [a[index], b[index]];
    product += x * y;
    squareA += x * x;
    squareB += y * y;
  }
  return squareA > 0 && squareB > 0 ? product / Math.sqrt(squareA * squareB) : 0;
}

type Shares = ReadonlyMap<string, Partial<ClauseWeights>>;

/** The constant of the engine's reciprocal rank fusion, unless a pipeline says otherwise. */
const rankConstant = 60;

/**
 * What each clause gave to each row: the clause is searched for alone, which gives its normalised
 * scores. The engine's own explanation rounds them and does not say which clause it speaks of.
 */
async function findShares(
  transport: Transport,
  scope: TenantScope,
  request: SearchRequest,
  { clauses, shares, candidates }: SearchQuery,
  signal: AbortSignal,
): Promise<Shares> {
  const found = new Map<string, Partial<ClauseWeights>>();
  await Promise.all(
    clauses.map(async (clause, index) => {
      const weights = { lexical: 0, ngram: 0, vector: 0, [clause]: 1 };
      const alone = {
        ...request,
        mode: 'hybrid',
        weights,
        fusion: 'weighted',
        groupBy: 'chunk',
        compare: false,
      } as const;
      const query = toSearchQuery(scope, { ...alone, offset: 0, limit: candidates }, minFactor);
      if (!query) return;
      const bare = { ...query, body: { ...query.body, _source: false } };
      const { hits } = v.parse(ScoreAnswer, await ask(transport, scope, bare, signal));
      for (const [rank, { _id: id, _score: score }] of hits.hits.entries()) {
        const share = request.fusion === 'rrf' ? 1 / (rankConstant + rank + 1) : (score ?? 0) * (shares[index] ?? 0);
        found.set(id, { ...found.get(id), [clause]: share });
      }
    }),
  );
  return found;
}

const noShares: Shares = new Map();

/** Throws `search_unavailable` or the signal's reason. */
export async function search(
  deps: SearchDeps,
  scope: TenantScope,
  request: SearchRequest,
  signal: AbortSignal,
): Promise<SearchResult> {
  signal.throwIfAborted();
  const { offset, limit, groupBy, vector, explain } = request;

  async function searchWith(factor: number): Promise<SearchResult> {
    const query = toSearchQuery(scope, request, factor);
    if (!query) return { hits: [], hasMore: false, isDegraded: false };
    const { rows, isDegraded } = await runConsistently(deps, scope, query, signal);
    const shown = groupBy === 'document' ? bestOfEach(rows).slice(offset) : rows;
    // Long documents can fill the first rows: then more of them are asked for.
    const isShort = groupBy === 'document' && shown.length <= limit && rows.length === query.size;
    if (isShort && factor < maxFactor) return searchWith(factor * 4);
    const shares = explain ? await findShares(deps.transport, scope, request, query, signal) : noShares;
    const hits = shown.slice(0, limit).map((row): Hit => {
      const { embedding } = row._source;
      const similarity = vector && embedding ? cosine(embedding, vector.values) : undefined;
      return toHit(row, { clauses: shares.get(row._id) ?? {}, similarity });
    });
    return { hits, hasMore: shown.length > limit, isDegraded };
  }

  try {
    return await searchWith(minFactor);
  } catch (error) {
    if (isMissing(error)) return { hits: [], hasMore: false, isDegraded: false };
    throw error;
  }
}
