import { providerFaults, type EchoingProvider } from './echoing-provider.ts';

const priced = { version: '1', from: '2026-01-01', input_per_million: 1, output_per_million: 1 };

export const providerIds = ['good', 'late', ...providerFaults] as const;

/** `LLM_CATALOG`: a chat and an embedding model of each provider. */
export const toCatalogue = (provider: EchoingProvider) => ({
  providers: providerIds.map((id) => ({ id, base_url: provider.url(id) })),
  models: providerIds.flatMap((id) => [
    { id: `chat-${id}`, provider: id, prices: [priced] },
    { id: `embedding-${id}`, provider: id, kind: 'embedding', prices: [priced] },
  ]),
  default_model: 'chat-good',
});
