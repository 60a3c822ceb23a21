import type { Answer, AnswerEvent } from '#lib/answers/answer.ts';
import type { Citation } from '#lib/answers/citations.ts';
import type { Clock } from '#lib/core/clock.ts';
import type { ChatEvent, ChatEvents, KnowledgeFacts } from './chat-event.ts';

interface KnowledgeContext {
  requestId: string;
  /** What is asked first; which model answered is known at the end. */
  model: string;
  now: Clock;
}

const toAnnotation = ({ n, documentId, title, quote, start, end }: Citation) => ({
  type: 'document_citation',
  document_citation: { n, document_id: documentId, title, quote, start, end },
});

const toFacts = ({ finish, docsRetrieved, cached }: Answer): KnowledgeFacts => ({
  finish,
  docs_retrieved: docsRetrieved,
  cached,
});

const toUsage = ({ usage: { inputTokens, outputTokens } }: Answer) => ({
  prompt_tokens: inputTokens,
  completion_tokens: outputTokens,
  total_tokens: inputTokens + outputTokens,
});

const toChoice = (delta: object, reason: string | null = null) => ({
  choices: [{ index: 0, delta: { ...delta }, finish_reason: reason }],
});

/** An answer from documents as a chat completion: its citations are annotations of the message. */
export async function* toKnowledgeEvents(
  answer: AsyncIterable<AnswerEvent>,
  { requestId, model: asked, now }: KnowledgeContext,
): ChatEvents {
  const id = `chatcmpl-${requestId}`;
  const created = Math.floor(now() / 1000);
  const toEvent = (
    model: string,
    fields: Pick<ChatEvent['chunk'], 'choices' | 'usage'> & { genai?: KnowledgeFacts },
  ): ChatEvent => {
    const chunk = { id, object: 'chat.completion.chunk', created, model, ...fields };
    return { model, chunk, data: JSON.stringify(chunk) };
  };

  yield [toEvent(asked, toChoice({ role: 'assistant', content: '' }))];
  for await (const event of answer) {
    if (event.type === 'delta') yield [toEvent(asked, toChoice({ content: event.text }))];
    if (event.type !== 'end') continue;
    const { model, citations, finish, cached } = event.answer;
    const annotations = citations.map(toAnnotation);
    yield [
      ...(annotations.length > 0 ? [toEvent(model, toChoice({ annotations }))] : []),
      toEvent(model, { ...toChoice({}, finish === 'length' ? 'length' : 'stop'), genai: toFacts(event.answer) }),
      { ...toEvent(model, { choices: [], usage: toUsage(event.answer) }), cached },
    ];
  }
}
