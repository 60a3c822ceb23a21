import type { Answer, AnswerEvent } from './answer.ts';

const refusal = 'I could not find enough evidence in the documents to answer this question.';

/** Says so, instead of guessing. */
export function* refuse(
  facts: Pick<Answer, 'docsRetrieved' | 'model' | 'usage' | 'isDegraded'>,
): Generator<AnswerEvent> {
  yield { type: 'delta', text: refusal };
  yield { type: 'end', answer: { ...facts, cached: false, text: refusal, citations: [], finish: 'no_evidence' } };
}
