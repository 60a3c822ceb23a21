import type { RecordedCall } from '#tests/support/upstream-call.ts';

/** The text of the last message, by which the tests know whose call it is. */
export function promptOf({ body }: Pick<RecordedCall, 'body'>): string {
  const { messages } = body;
  const last: unknown = Array.isArray(messages) ? messages.at(-1) : undefined;
  return typeof last === 'object' && last !== null && 'content' in last ? String(last.content) : '';
}
