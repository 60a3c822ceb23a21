import type { CatalogueModel } from '#lib/llm/catalogue.ts';
import { formatDollars } from '#lib/usage/format-dollars.ts';
import { toDollars } from '#lib/usage/money.ts';
import { spentBy, type UsageMeter } from '#lib/usage/usage-meter.ts';
import type { ChatEvent } from './chat-event.ts';

/** Models as OpenAI's API shows them. */
export const toModelBody = ({ id, provider, prices: [{ from }] }: CatalogueModel) => ({
  id,
  object: 'model' as const,
  created: Number.isFinite(from) ? Math.max(0, Math.floor(from / 1000)) : 0,
  owned_by: provider?.id ?? 'built-in',
});

export const toModelListBody = (models: readonly CatalogueModel[]) => ({
  object: 'list' as const,
  data: models.map(toModelBody),
});

/** What a request has come to, as headers of its response. */
export const toCostHeaders = (usage: UsageMeter, cached: ChatEvent['cached'] = false): Record<string, string> => ({
  'x-genai-cost-dollars': formatDollars(spentBy(usage)),
  'x-genai-cached': String(cached),
});

/** The same for a stream, whose headers are sent before anything is known: as a comment. */
export const toCostComment = (usage: UsageMeter, cached?: ChatEvent['cached']): string => {
  const pairs = Object.entries(toCostHeaders(usage, cached)).map(([name, value]) => `${name}=${value}`);
  return `: ${pairs.join(' ')}\n\n`;
};

/** What the request's log line says of the calls that were made for it, the last one of which answered. */
export function toCallsLog({ calls }: UsageMeter) {
  const last = calls.at(-1);
  if (!last) return {};
  return {
    model: last.model,
    input_tokens: calls.reduce((sum, call) => sum + call.input_tokens, 0),
    output_tokens: calls.reduce((sum, call) => sum + call.output_tokens, 0),
    cost_dollars: toDollars(spentBy({ calls })),
  };
}
