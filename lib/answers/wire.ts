import type { UIMessageChunk } from 'ai';
import type { Problem } from '#lib/core/api-error.ts';
import type { Answer, AnswerEvent, AnswerUsage } from './answer.ts';
import type { Citation } from './citations.ts';

/** Answers as clients see them: JSON, and the parts of the AI SDK's UI message stream. */

const toCitationBody = ({ n, documentId, title, quote, start, end }: Citation) => ({
  n,
  document_id: documentId,
  title,
  quote,
  start,
  end,
});

const toUsageBody = ({ inputTokens, outputTokens, costDollars, isEstimated }: AnswerUsage) => ({
  input_tokens: inputTokens,
  output_tokens: outputTokens,
  cost_dollars: costDollars,
  estimated: isEstimated,
});

export const toAnswerBody = (
  { text, citations, finish, docsRetrieved, model, cached, usage }: Answer,
  requestId: string,
) => ({
  answer: text,
  citations: citations.map(toCitationBody),
  finish,
  docs_retrieved: docsRetrieved,
  model,
  cached,
  usage: toUsageBody(usage),
  request_id: requestId,
});

/** What the request's log line says of its answer. */
export const toAnswerLog = ({ finish, docsRetrieved, model, cached, usage }: Answer) => ({
  finish,
  docs_retrieved: docsRetrieved,
  model,
  cached,
  input_tokens: usage.inputTokens,
  output_tokens: usage.outputTokens,
  cost_dollars: usage.costDollars,
});

export const uiMessageStreamHeaders = { 'x-vercel-ai-ui-message-stream': 'v1' };

const textId = '0';

function* toEndChunks(answer: Answer, requestId: string): Generator<UIMessageChunk> {
  const { answer: _, citations, usage, ...metadata } = toAnswerBody(answer, requestId);
  yield { type: 'text-end', id: textId };
  yield { type: 'data-citations', data: citations };
  yield { type: 'data-usage', data: usage };
  yield { type: 'finish', finishReason: answer.finish === 'length' ? 'length' : 'stop', messageMetadata: metadata };
}

/** The answer as a UI message stream, up to and with its `finish`. */
export async function* toUiMessageStream(
  events: AsyncIterable<AnswerEvent>,
  requestId: string,
): AsyncGenerator<UIMessageChunk> {
  let hasText = false;
  yield { type: 'start', messageId: requestId };
  for await (const event of events) {
    if (event.type === 'source') {
      const { n, documentId, title, mediaType } = event.source;
      yield {
        type: 'source-document',
        sourceId: String(n),
        title,
        mediaType,
        providerMetadata: { genai: { document_id: documentId, n } },
      };
    } else if (event.type === 'delta') {
      if (!hasText) yield { type: 'text-start', id: textId };
      hasText = true;
      yield { type: 'text-delta', id: textId, delta: event.text };
    } else {
      yield* toEndChunks(event.answer, requestId);
    }
  }
}

/** The protocol has one text field for an error; it holds the problem, as JSON. */
export const toUiErrorChunk = (problem: Problem): UIMessageChunk => ({
  type: 'error',
  errorText: JSON.stringify(problem),
});
