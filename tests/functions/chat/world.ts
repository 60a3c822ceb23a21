import OpenAI from 'openai';
import { afterAll, beforeAll, beforeEach, expect } from 'vitest';
import { createTestPlatform, createToken, type TestPlatform } from '#tests/support/platform.ts';
import { startUpstream, type Upstream } from '#tests/support/upstream.ts';

/** Two providers, a catalogue of their models, and the official client in front of the platform. */

export interface Providers {
  readonly upstream: Upstream;
  readonly spare: Upstream;
}

/** The providers of a test file; what they were called with is forgotten between tests. */
export function useProviders(): Providers {
  let started: { upstream: Upstream; spare: Upstream } | undefined;
  const use = {
    get upstream() {
      return started?.upstream ?? expect.fail('The provider has not been started');
    },
    get spare() {
      return started?.spare ?? expect.fail('The provider has not been started');
    },
  };
  beforeAll(async () => {
    started = { upstream: await startUpstream(), spare: await startUpstream() };
  });
  beforeEach(() => {
    for (const { calls, reply } of [use.upstream, use.spare]) {
      calls.splice(0);
      reply({ chunks: ['Hello', ' there'], usage: 'counted' });
    }
  });
  afterAll(async () => {
    await use.upstream.close();
    await use.spare.close();
  });
  return use;
}

const price = { version: 'v1', from: '2026-01-01', input_per_million: 2, output_per_million: 8 };

const toCatalogue = ({ upstream, spare }: Providers) => ({
  providers: [
    { id: 'first', base_url: upstream.url },
    { id: 'second', base_url: spare.url },
  ],
  models: [
    {
      id: 'large',
      provider: 'first',
      upstream_model: 'vendor/large-2026',
      prices: [price],
      context_tokens: 8_000,
      max_output_tokens: 1_000,
      fallbacks: ['small'],
    },
    {
      id: 'thinker',
      provider: 'first',
      prices: [price],
      max_output_tokens: 1_000,
      output_limit_field: 'max_completion_tokens',
    },
    { id: 'small', provider: 'second', prices: [{ ...price, input_per_million: 1, output_per_million: 4 }] },
    { id: 'vectors', kind: 'embedding', provider: 'first', prices: [{ ...price, output_per_million: 0 }] },
  ],
  default_model: 'large',
});

export interface ChatWorld extends TestPlatform {
  url: string;
  token: string;
  /** The official client, as a user of the token's tenant. It does not try again by itself. */
  openai: OpenAI;
  clientOf(token: string): OpenAI;
}

export async function createChatWorld(providers: Providers, env: NodeJS.ProcessEnv = {}): Promise<ChatWorld> {
  const platform = await createTestPlatform({
    LLM_CATALOG: JSON.stringify(toCatalogue(providers)),
    LLM_PROVIDER_KEYS: JSON.stringify({ first: 'key-of-first', second: 'key-of-second' }),
    ...env,
  });
  const url = await platform.listen();
  const token = await createToken();
  const clientOf = (apiKey: string) => new OpenAI({ apiKey, baseURL: `${url}/v1`, maxRetries: 0 });
  return { ...platform, url, token, openai: clientOf(token), clientOf };
}

export const hello = [{ role: 'user' as const, content: 'Hello?' }];
