import type { TenantScope } from '#lib/tenancy/tenant-scope.ts';
import type { ClauseWeights, Hit, QueryVector, SearchRequest, SearchResult } from '../engine.ts';
import { fuse, fuseRanks, type ClauseScores, type FusedRow } from '../fuse.ts';
import { toGrams, toTerms } from '../terms.ts';
import { matching, visibleTo, type Condition } from './access.ts';
import type { Connection } from './databases.ts';
import { positionBits } from './schema.ts';
import { toHit } from './rows.ts';
import { toBlob } from './write.ts';

type Clause = keyof ClauseWeights;

const maxTerms = 64;
const maxGrams = 32;
/** Grams found in more than a tenth of the chunks cost much and tell little. */
const commonShare = 0.1;
const commonAtLeast = 1_000;
/** Fewer candidates than this for each clause before fusing cost quality. */
const minCandidates = 100;

/** Quoted, so that no word is read as an operator of FTS5's query language. */
const anyOf = (terms: readonly string[]): string => terms.map((term) => `"${term}"`).join(' OR ');

/** The rarest grams of the query that the index holds. */
function selectGrams({ prepare }: Connection, query: string): string[] {
  const chunks = Number(prepare('SELECT count(*) AS n FROM chunk').get()?.['n']);
  const most = Math.max(commonAtLeast, chunks * commonShare);
  const frequency = prepare('SELECT doc FROM ngram_term WHERE term = ?');
  return [...new Set(toTerms(query, maxTerms).flatMap(toGrams))]
    .map((gram) => ({ gram, documents: Number(frequency.get(gram)?.['doc'] ?? 0) }))
    .filter(({ documents }) => documents > 0 && documents <= most)
    .toSorted((a, b) => a.documents - b.documents)
    .slice(0, maxGrams)
    .map(({ gram }) => gram);
}

function searchText(
  connection: Connection,
  table: 'lexical' | 'ngram',
  terms: readonly string[],
  where: Condition,
  limit: number,
) {
  if (terms.length === 0) return new Map<number, number>();
  const rows = connection
    .prepare(
      `SELECT t.rowid AS row, -t.rank AS score FROM ${table} t CROSS JOIN document d ON d.row = t.rowid >> ${positionBits}
       WHERE t.content MATCH :match AND ${where.sql} ORDER BY t.rank LIMIT :limit`,
    )
    .all({ ...where.parameters, match: anyOf(terms), limit });
  return toScores(rows);
}

function searchVectors(connection: Connection, { values, embedder }: QueryVector, where: Condition, limit: number) {
  const rows = connection
    .prepare(
      `SELECT c.row AS row, 1 - vec_distance_cosine(c.embedding, :vector) AS score FROM chunk c JOIN document d ON d.row = c.document
       WHERE d.embedder = :embedder AND length(c.embedding) = :bytes AND ${where.sql} ORDER BY score DESC LIMIT :limit`,
    )
    .all({
      ...where.parameters,
      vector: toBlob(values),
      bytes: values.byteLength,
      embedder,
      limit,
    });
  return toScores(rows);
}

const toScores = (rows: Record<string, unknown>[]): Map<number, number> =>
  new Map(rows.map((row) => [Number(row['row']), Number(row['score'])]));

function runClauses(
  connection: Connection,
  request: SearchRequest,
  where: Condition,
  limit: number,
): ClauseScores<Clause>[] {
  const { query, vector, mode, weights } = request;
  const clauses: ClauseScores<Clause>[] = [];
  const isIn = (clause: Clause) => (mode === 'hybrid' ? weights[clause] > 0 : mode === clause);
  const add = (clause: Clause, scores: Map<number, number>) =>
    clauses.push({ clause, weight: mode === 'hybrid' ? weights[clause] : 1, scores });
  if (isIn('lexical')) add('lexical', searchText(connection, 'lexical', toTerms(query, maxTerms), where, limit));
  if (isIn('ngram')) add('ngram', searchText(connection, 'ngram', selectGrams(connection, query), where, limit));
  if (isIn('vector') && vector) add('vector', searchVectors(connection, vector, where, limit));
  return clauses;
}

/** The best row of each document; rows come best first. */
function bestOfEach(rows: FusedRow<Clause>[]): FusedRow<Clause>[] {
  const seen = new Set<number>();
  return rows.filter(({ row }) => {
    const document = Math.floor(row / 2 ** positionBits);
    return !seen.has(document) && seen.add(document);
  });
}

export function search(connection: Connection, scope: TenantScope, request: SearchRequest): SearchResult {
  const { offset, limit, groupBy, fusion, explain, compare } = request;
  const visible = visibleTo(scope);
  const wanted = matching(request.filter);
  const where = {
    sql: `${visible.sql} AND ${wanted.sql}`,
    parameters: { ...visible.parameters, ...wanted.parameters },
  };
  const candidates = Math.max(minCandidates, (offset + limit + 1) * (groupBy === 'document' ? 3 : 1));
  const clauses = runClauses(connection, request, where, candidates);
  const similarities = compare ? clauses.find(({ clause }) => clause === 'vector')?.scores : undefined;
  const fused = fusion === 'rrf' ? fuseRanks(clauses) : fuse(clauses);
  const rows = groupBy === 'document' ? bestOfEach(fused) : fused;
  const find = connection.prepare(
    `SELECT d.tenant_id, d.id, d.title, d.media_type, d.metadata, c.row, c.start, c.end, c.text
     FROM chunk c JOIN document d ON d.row = c.document WHERE c.row = :row AND ${visible.sql}`,
  );
  const hits = rows.slice(offset, offset + limit).flatMap((fusedRow): Hit[] => {
    const row = find.get({ ...visible.parameters, row: fusedRow.row });
    if (!row) return [];
    const shown = explain ? fusedRow : { ...fusedRow, clauses: {} };
    return [toHit(row, shown, similarities?.get(fusedRow.row))];
  });
  return { hits, hasMore: rows.length > offset + limit, isDegraded: false };
}
