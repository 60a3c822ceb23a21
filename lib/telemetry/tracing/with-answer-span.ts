import type { TenantScope } from '#lib/tenancy/tenant-scope.ts';
import { toMessagesAttribute, type MessageText } from './message-text.ts';
import type { OpenSpan } from './span.ts';
import { withStreamSpan } from './with-stream-span.ts';

interface AnswerContent<Event> {
  /** What is asked, as the guardrails have left it. */
  messages: () => readonly MessageText[];
  /** What of the answer an event shows, after the guardrails. */
  textOf: (event: Event) => string;
}

const maxCharacters = 4_000;

async function* record<Event>(
  events: AsyncGenerator<Event>,
  span: OpenSpan,
  { messages, textOf }: AnswerContent<Event>,
): AsyncGenerator<Event> {
  let text = '';
  span.set({ 'gen_ai.input.messages': toMessagesAttribute(messages()) });
  try {
    for await (const event of events) {
      if (text.length < maxCharacters) text += textOf(event);
      yield event;
    }
  } finally {
    span.set({ 'gen_ai.output.messages': toMessagesAttribute([{ role: 'assistant', text }]) });
  }
}

/** The span of a whole answer. It holds what was asked and answered for tenants alone that want it so. */
export const withAnswerSpan = <Event>(
  { tenantId, telemetry }: TenantScope,
  content: AnswerContent<Event>,
  produce: () => AsyncGenerator<Event>,
): AsyncGenerator<Event> =>
  withStreamSpan('answer', { attributes: { 'genai.tenant_id': tenantId } }, (span) =>
    span.isRecording && telemetry?.content ? record(produce(), span, content) : produce(),
  );
