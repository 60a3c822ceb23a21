import { parseArgs } from 'node:util';
import * as v from 'valibot';
import { toNdcg } from '#lib/retrieval/tuning/ndcg.ts';
import { toPairedDifference } from '#lib/retrieval/tuning/paired-difference.ts';
import { readJsonLines } from './support/json-lines.ts';
import { quantile } from './support/statistics.ts';
import { startLocal, type RunningPlatform } from './support/platform.ts';

/**
 * Retrieval quality and speed over HTTP, on a corpus with judged queries: loads the corpus as one
 * tenant while a second tenant holds other documents, then asks every query by `POST /v1/search`. Each
 * way of searching is compared with BM25 alone, query by query, with a 95 % bootstrap interval.
 */

const CorpusLine = v.object({ id: v.string(), title: v.string(), text: v.string() });
const QueryLine = v.object({ id: v.string(), text: v.string(), relevant: v.record(v.string(), v.number()) });
const SearchAnswer = v.object({ hits: v.array(v.object({ document_id: v.string() })) });
const IngestAnswer = v.object({ results: v.array(v.object({ id: v.string(), status: v.string() })) });

const { values } = parseArgs({
  options: {
    corpus: { type: 'string' },
    queries: { type: 'string' },
    url: { type: 'string' },
    secret: { type: 'string' },
  },
});
const { corpus: corpusFile, queries: queriesFile } = values;
if (corpusFile === undefined || queriesFile === undefined) {
  console.error(
    'Usage: npm run bench:retrieval -- --corpus FILE --queries FILE [--url URL --secret JWT_SECRET]\nThe engines are named by the platform’s own variables: SEARCH_ENGINE, OPENSEARCH_URL, EMBEDDINGS_BASE_URL, …',
  );
  process.exit(2);
}

const corpus = readJsonLines(corpusFile, CorpusLine);
const queries = readJsonLines(queriesFile, QueryLine);
const platform = await startLocal({ url: values.url, secret: values.secret });

const batchSize = 100;

async function ingest({ request }: RunningPlatform, token: string, documents: readonly object[]): Promise<number> {
  const started = performance.now();
  for (let start = 0; start < documents.length; start += batchSize) {
    const body = documents
      .slice(start, start + batchSize)
      .map((document) => JSON.stringify(document))
      .join('\n');
    const { results } = v.parse(
      IngestAnswer,
      await request('/v1/documents', { token, body, contentType: 'application/x-ndjson' }),
    );
    const failed = results.find(({ status }) => status === 'failed');
    if (failed) throw new Error(`Document ${failed.id} failed`);
  }
  return (performance.now() - started) / 1000;
}

const recall = (found: readonly string[], relevant: Record<string, number>): number => {
  const wanted = Object.keys(relevant);
  return wanted.filter((id) => found.includes(id)).length / wanted.length;
};

async function evaluate(token: string, mode: string) {
  const times: number[] = [];
  const gains: number[] = [];
  let recalled = 0;
  for (const { text, relevant } of queries) {
    const body = JSON.stringify({ query: text, limit: 100, group_by: 'document', mode });
    const started = performance.now();
    const { hits } = v.parse(SearchAnswer, await platform.request('/v1/search', { token, body }));
    times.push(performance.now() - started);
    const found = hits.map((hit) => hit.document_id);
    if (found.some((id) => id.startsWith('other-'))) throw new Error('A document of another tenant was found');
    gains.push(toNdcg(found, relevant));
    recalled += recall(found, relevant);
  }
  const ndcg = gains.reduce((sum, gain) => sum + gain, 0) / gains.length;
  return { mode, gains, ndcg, recall: recalled / queries.length, times };
}

const run = Date.now().toString(36);
const tenant = `bench-${run}`;
const neighbour = `bench-other-${run}`;
try {
  const token = await platform.token(tenant);
  await ingest(
    platform,
    await platform.token(neighbour),
    corpus.slice(0, 500).map((document) => ({ ...document, id: `other-${document.id}` })),
  );
  const seconds = await ingest(platform, token, corpus);
  console.log(`documents   ${corpus.length} in ${seconds.toFixed(1)} s, ${(corpus.length / seconds).toFixed(0)}/s`);
  const hasVectors = process.env['EMBEDDINGS_BASE_URL'] !== undefined;
  const results = [];
  for (const mode of ['lexical', ...(hasVectors ? ['vector'] : []), 'hybrid'])
    results.push(await evaluate(token, mode));
  const [baseline] = results;
  for (const { mode, gains, ndcg, recall: recalled, times } of results) {
    const { mean, low, high } = toPairedDifference(gains, baseline?.gains ?? []);
    console.log(
      `${mode.padEnd(11)} nDCG@10 ${ndcg.toFixed(4)}  to BM25 ${mean.toFixed(4)} [${low.toFixed(4)}, ${high.toFixed(4)}]  ` +
        `recall@100 ${recalled.toFixed(4)}  ` +
        `p50 ${quantile(times, 0.5).toFixed(1)} ms  p95 ${quantile(times, 0.95).toFixed(1)} ms  (${queries.length} queries)`,
    );
  }
} finally {
  await platform.removeTenant(tenant);
  await platform.removeTenant(neighbour);
  await platform.close();
}
