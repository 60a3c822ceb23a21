import * as v from 'valibot';
import type { Answer, AnswerEvent, AnswerUsage } from './answer.ts';
import type { Citation } from './citations.ts';
import type { Source } from './source.ts';

export type KeptAnswer = Pick<Answer, 'text' | 'citations' | 'finish' | 'docsRetrieved' | 'model'> & {
  sources: readonly Source[];
};

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));

const SourceSchema: v.GenericSchema<Source> = v.strictObject({
  n: count,
  documentId: v.string(),
  title: v.string(),
  mediaType: v.string(),
  start: count,
  text: v.string(),
});

const CitationSchema: v.GenericSchema<Citation> = v.strictObject({
  n: count,
  documentId: v.string(),
  title: v.string(),
  quote: v.string(),
  start: count,
  end: count,
});

/** An answer as the state store holds it. */
const RecordSchema = v.pipe(
  v.string(),
  v.parseJson(),
  v.strictObject({
    /** Of the tenant's documents, when it was made. */
    corpus: count,
    text: v.string(),
    citations: v.array(CitationSchema),
    finish: v.picklist(['stop', 'no_evidence']),
    docsRetrieved: count,
    model: v.string(),
    sources: v.array(SourceSchema),
  }),
);

const maxBytes = 256 * 1024;

/** `undefined` for one that is too large to keep. */
export function toRecord(answer: KeptAnswer, corpus: number): string | undefined {
  const { text, citations, finish, docsRetrieved, model, sources } = answer;
  const record = JSON.stringify({ corpus, text, citations, finish, docsRetrieved, model, sources });
  return Buffer.byteLength(record) <= maxBytes ? record : undefined;
}

/** `undefined` where it was made from other documents than there are now. */
export function fromRecord(record: string, corpus: number): KeptAnswer | undefined {
  const { success, output } = v.safeParse(RecordSchema, record);
  return success && output.corpus === corpus ? output : undefined;
}

export const noUsage: AnswerUsage = { inputTokens: 0, outputTokens: 0, costDollars: 0, isEstimated: false };

/** The answer once more, for nothing. */
export function* replay({ sources, ...answer }: KeptAnswer, cached: 'exact' | 'semantic'): Generator<AnswerEvent> {
  for (const source of sources) yield { type: 'source', source };
  yield { type: 'delta', text: answer.text };
  yield {
    type: 'end',
    answer: {
      text: answer.text,
      citations: answer.citations,
      finish: answer.finish,
      docsRetrieved: answer.docsRetrieved,
      model: answer.model,
      cached,
      isDegraded: false,
      usage: noUsage,
    },
  };
}
