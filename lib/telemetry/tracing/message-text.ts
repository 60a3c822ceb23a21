/** A message of a conversation as a trace holds it, where the tenant has said that it may. */
export interface MessageText {
  role: string;
  text: string;
}

/** Of all messages of one attribute together. */
const maxCharacters = 4_000;

/** The last messages, as the GenAI conventions write them; what is too long is cut, the oldest first. */
export function toMessagesAttribute(messages: readonly MessageText[]): string {
  let room = maxCharacters;
  const kept: object[] = [];
  for (const { role, text } of messages.toReversed()) {
    if (room <= 0) break;
    const content = text.slice(0, room);
    room -= content.length;
    kept.unshift({ role, parts: [{ type: 'text', content }] });
  }
  return JSON.stringify(kept);
}
