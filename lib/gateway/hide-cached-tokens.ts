import type { ChatEvent } from './chat-event.ts';

/**
 * Leaves out how much of the prompt the provider had in its cache: all tenants share it under the platform's key, and
 * it would tell one what another has asked. The ledger has it.
 */
export function hideCachedTokens(event: ChatEvent): ChatEvent {
  const { usage } = event.chunk;
  if (!usage?.prompt_tokens_details) return event;
  const { cached_tokens: _hidden, ...details } = usage.prompt_tokens_details;
  const chunk = { ...event.chunk, usage: { ...usage, prompt_tokens_details: details } };
  return { ...event, chunk, data: JSON.stringify(chunk) };
}
