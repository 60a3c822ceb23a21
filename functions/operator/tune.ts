import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import * as v from 'valibot';
import type { ClauseWeights } from '#lib/retrieval/engine.ts';
import {
  chooseWeights,
  minQueries,
  type Choice,
  type ClauseList,
  type JudgedQuery,
} from '#lib/retrieval/tuning/choose-weights.ts';
import type { TenantScope } from '#lib/tenancy/tenant-scope.ts';
import { parseTenantId } from '#lib/tenancy/tenant-id.ts';
import { createUpdateTenant } from '#lib/tenancy/verbs/update-tenant.ts';
import { createOperator, type Operator } from './operator.ts';
import { toReason } from './to-reason.ts';

/** Chooses the weights of a tenant's hybrid searches on queries whose answers the tenant has judged. */

const usage = `Usage: npm run tune -- --tenant ID --queries FILE [--groups a,b] [--dry-run]
FILE: at least ${minQueries} lines of {"text": "…", "relevant": {"<document id>": grade, …}}`;

const { values } = parseArgs({
  options: {
    tenant: { type: 'string' },
    queries: { type: 'string' },
    groups: { type: 'string', default: '' },
    'dry-run': { type: 'boolean', default: false },
  },
});
const tenantId = parseTenantId(values.tenant);
const { queries: file } = values;
if (!tenantId || file === undefined) {
  process.stderr.write(`${usage}\n`);
  process.exit(2);
}

const write = (text: string) => process.stdout.write(text);
const QueryLine = v.object({
  text: v.pipe(v.string(), v.minLength(1)),
  relevant: v.pipe(v.record(v.string(), v.number()), v.minEntries(1)),
});

const readQueries = (path: string) =>
  readFileSync(path, 'utf8')
    .trim()
    .split('\n')
    .map((line, index) => {
      const result = v.safeParse(QueryLine, JSON.parse(line));
      if (!result.success) throw new Error(`Line ${index + 1} of ${path} is not a judged query\n${usage}`);
      return result.output;
    });

type Clause = keyof ClauseWeights;
/** As many as each clause of a search may find before they are fused. */
const candidates = 100;

/** What the clause finds alone: its normalised scores are what a hybrid search weights. */
async function searchBy(
  { retrieval, signal }: Operator,
  scope: TenantScope,
  clause: Clause,
  text: string,
): Promise<ClauseList> {
  const { engine, embedder } = retrieval;
  const [made] = clause === 'vector' && embedder ? await embedder.embed(scope, [text], signal) : [];
  const weights = { lexical: 0, ngram: 0, vector: 0, [clause]: 1 };
  const { hits, isDegraded } = await engine.search(
    scope,
    {
      query: text,
      vector: made && embedder ? { values: made, embedder: embedder.identity } : undefined,
      mode: 'hybrid',
      filter: {},
      offset: 0,
      limit: candidates,
      groupBy: 'chunk',
      weights,
      fusion: 'weighted',
      explain: false,
      compare: false,
    },
    signal,
  );
  if (isDegraded) throw new Error('A part of the index did not answer, or it waits to be re-indexed: npm run reindex');
  return new Map(hits.map(({ documentId, chunk, score }) => [`${documentId}\0${chunk}`, { documentId, score }]));
}

const show = ({ lexical, ngram, vector }: ClauseWeights) => `lexical ${lexical}  ngram ${ngram}  vector ${vector}`;
const toText = ({ ndcg, bm25, difference: { mean, low, high } }: Choice['heldOut']) =>
  `nDCG@10 ${ndcg.toFixed(4)}  BM25 ${bm25.toFixed(4)}  difference ${mean.toFixed(4)} [${low.toFixed(4)}, ${high.toFixed(4)}]`;

const operator = await createOperator('tune');
try {
  const { foundation, retrieval, platform, signal } = operator;
  const scope = await operator.scopeOf(tenantId, values.groups.split(',').filter(Boolean));
  const clauses: Clause[] = ['lexical', 'ngram', ...(retrieval.embedder ? (['vector'] as const) : [])];
  const judged: JudgedQuery[] = [];
  foundation.audit.recordAccess(scope, { action: 'document.search', target: '*' });
  for (const { text, relevant } of readQueries(file)) {
    const lists: JudgedQuery['lists'] = {};
    for (const clause of clauses) lists[clause] = await searchBy(operator, scope, clause, text);
    judged.push({ lists, judgments: relevant });
  }
  const choice = chooseWeights(judged, clauses);
  write(`queries          ${judged.length}\n`);
  write(`cross-validated  ${toText(choice.crossValidated)}\n`);
  write(`held out         ${toText(choice.heldOut)}\n`);
  if (choice.best !== choice.weights) write(`not better       ${show(choice.best)}\n`);
  write(`chosen           ${show(choice.weights)}\n`);
  if (!values['dry-run']) {
    const updateTenant = createUpdateTenant(foundation);
    await updateTenant(platform, { id: tenantId, retrieval: { weights: choice.weights } }, signal);
    write(`stored for the tenant ${tenantId}\n`);
  }
} catch (error) {
  process.stderr.write(`${toReason(error)}\n`);
  process.exitCode = 1;
} finally {
  await operator.close();
}
