import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import * as v from 'valibot';
import { quantile } from './support/statistics.ts';
import { startLocal, type RunningPlatform } from './support/platform.ts';

/**
 * Retrieval quality and speed over HTTP, on a corpus with judged queries: loads the corpus as one
 * tenant while a second tenant holds other documents, then asks every query by `POST /v1/search`.
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
  console.error('Usage: npm run bench:retrieval -- --corpus FILE --queries FILE [--url URL --secret JWT_SECRET]');
  process.exit(2);
}

const readLines = <Schema extends v.GenericSchema>(file: string, schema: Schema): v.InferOutput<Schema>[] =>
  readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((line) => v.parse(schema, JSON.parse(line)));

const corpus = readLines(corpusFile, CorpusLine);
const queries = readLines(queriesFile, QueryLine);
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

/** Normalized discounted cumulative gain of the first ten, Järvelin and Kekäläinen 2002. */
function ndcg(found: readonly string[], relevant: Record<string, number>): number {
  const gain = (grades: readonly number[]) =>
    grades.slice(0, 10).reduce((sum, grade, rank) => sum + grade / Math.log2(rank + 2), 0);
  const ideal = gain(Object.values(relevant).toSorted((a, b) => b - a));
  return ideal === 0 ? 0 : gain(found.map((id) => relevant[id] ?? 0)) / ideal;
}

const recall = (found: readonly string[], relevant: Record<string, number>): number => {
  const wanted = Object.keys(relevant);
  return wanted.filter((id) => found.includes(id)).length / wanted.length;
};

async function evaluate(token: string, mode: string) {
  const times: number[] = [];
  let gain = 0;
  let recalled = 0;
  for (const { text, relevant } of queries) {
    const body = JSON.stringify({ query: text, limit: 100, group_by: 'document', mode });
    const started = performance.now();
    const { hits } = v.parse(SearchAnswer, await platform.request('/v1/search', { token, body }));
    times.push(performance.now() - started);
    const found = hits.map((hit) => hit.document_id);
    if (found.some((id) => id.startsWith('other-'))) throw new Error('A document of another tenant was found');
    gain += ndcg(found, relevant);
    recalled += recall(found, relevant);
  }
  return { mode, ndcg: gain / queries.length, recall: recalled / queries.length, times };
}

try {
  const run = Date.now().toString(36);
  const token = await platform.token(`bench-${run}`);
  const otherToken = await platform.token(`bench-other-${run}`);
  await ingest(
    platform,
    otherToken,
    corpus.slice(0, 500).map((document) => ({ ...document, id: `other-${document.id}` })),
  );
  const seconds = await ingest(platform, token, corpus);
  console.log(`documents   ${corpus.length} in ${seconds.toFixed(1)} s, ${(corpus.length / seconds).toFixed(0)}/s`);
  for (const mode of ['lexical', 'hybrid']) {
    const result = await evaluate(token, mode);
    console.log(
      `${mode.padEnd(11)} nDCG@10 ${result.ndcg.toFixed(4)}  recall@100 ${result.recall.toFixed(4)}  ` +
        `p50 ${quantile(result.times, 0.5).toFixed(1)} ms  p95 ${quantile(result.times, 0.95).toFixed(1)} ms  (${queries.length} queries)`,
    );
  }
} finally {
  await platform.close();
}
