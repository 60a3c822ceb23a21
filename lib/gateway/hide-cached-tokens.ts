import type { ChatChunkBody } from '#lib/llm/chat-chunk.ts';
import type { ChatEvent } from './chat-event.ts';

type Usage = NonNullable<ChatChunkBody['usage']>;

/** What is shown of a usage. By whatever other name a provider tells of its cache, it is left out. */
const shownFields = new Set(['prompt_tokens', 'completion_tokens', 'total_tokens', 'completion_tokens_details']);
const shownDetails = new Set(['audio_tokens', 'image_tokens', 'text_tokens']);

/** Some providers say it of each choice, or among fields of their own; many say with each chunk that there is none yet. */
const someUsage = /"usage"\s*:\s*(?!null)/;

const pick = (fields: object, names: ReadonlySet<string>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(fields).filter(([name]) => names.has(name)));

const toShown = ({ prompt_tokens, completion_tokens, prompt_tokens_details: details, ...rest }: Usage): Usage => ({
  prompt_tokens,
  completion_tokens,
  ...pick(rest, shownFields),
  ...(details ? { prompt_tokens_details: pick(details, shownDetails) } : {}),
});

const withoutUsage = (chunk: ChatChunkBody): ChatChunkBody =>
  JSON.parse(JSON.stringify(chunk, (name: string, value: unknown) => (name === 'usage' ? undefined : value)));

const tellsUsage = ({ data, chunk }: ChatEvent): boolean =>
  Boolean(chunk.usage) || (data.includes('"usage"') && someUsage.test(data));

function withShownUsage(event: ChatEvent): ChatEvent {
  const { usage } = event.chunk;
  const chunk = { ...withoutUsage(event.chunk), ...(usage ? { usage: toShown(usage) } : {}) };
  return { ...event, chunk, data: JSON.stringify(chunk) };
}

/**
 * Leaves out how much of the prompt the provider had in its cache: all tenants share it under the platform's key, and
 * it would tell one what another has asked. The ledger has it.
 */
export const hideCachedTokens = (events: readonly ChatEvent[]): readonly ChatEvent[] =>
  events.some(tellsUsage) ? events.map((event) => (tellsUsage(event) ? withShownUsage(event) : event)) : events;
