import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { ConfigurationError } from '#lib/config/env.ts';
import { createCatalogue, type CatalogueEnvironment } from '#lib/llm/create-catalogue.ts';

const provider = { id: 'openai', base_url: 'https://api.example.com/v1' };
const prices = [
  {
    version: '2026-01',
    from: '2026-01-01',
    input_per_million: 2.5,
    cached_input_per_million: 0.000001,
    output_per_million: 10,
  },
  { version: '2026-06', from: '2026-06-01T12:00:00Z', input_per_million: 2, output_per_million: 8 },
];
const large = {
  id: 'large',
  provider: 'openai',
  prices,
  context_tokens: 128_000,
  max_output_tokens: 16_384,
  fallbacks: ['small'],
};
const small = { id: 'small', provider: 'openai', prices: [prices[0]], upstream_model: 'small-2026' };
const vectors = {
  id: 'vectors',
  provider: 'openai',
  kind: 'embedding',
  prices: [{ ...prices[0], output_per_million: undefined }],
};
const text = { providers: [provider], models: [small, large, vectors], default_model: 'large' };

const create = (catalogue: object = text, env: CatalogueEnvironment = {}) =>
  createCatalogue({ LLM_CATALOG: JSON.stringify(catalogue), ...env });

function problemsOf(catalogue: object, env: CatalogueEnvironment = {}): readonly string[] {
  try {
    create(catalogue, env);
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems;
    throw error;
  }
  return [];
}

test('models have exact prices, limits and keys', () => {
  const { models, defaultModel } = create(text, { LLM_PROVIDER_KEYS: { openai: 'a-key' }, LLM_API_KEY: 'another' });
  expect(defaultModel.id).toBe('large');
  expect(models.get('large')).toEqual({
    id: 'large',
    kind: 'chat',
    provider: { id: 'openai', baseUrl: 'https://api.example.com/v1', apiKey: 'a-key' },
    upstreamModel: 'large',
    prices: [
      { version: '2026-01', from: Date.UTC(2026, 0, 1), input: 2_500_000, cachedInput: 1, output: 10_000_000 },
      {
        version: '2026-06',
        from: Date.UTC(2026, 5, 1, 12),
        input: 2_000_000,
        cachedInput: 2_000_000,
        output: 8_000_000,
      },
    ],
    contextTokens: 128_000,
    maxOutputTokens: 16_384,
    outputLimitField: 'max_tokens',
    imageTokens: 2_000,
    fallbacks: ['small'],
  });
  expect(models.get('small')?.upstreamModel).toBe('small-2026');
  expect(create(text, { LLM_API_KEY: 'another' }).models.get('small')?.provider?.apiKey).toBe('another');
});

test('a key that names no provider is not shown to one of several', () => {
  const several = { ...text, providers: [provider, { id: 'other', base_url: 'https://api.example.org/v1' }] };
  const env = { LLM_API_KEY: 'whose', LLM_PROVIDER_KEYS: { other: 'of-other' } };
  expect(create(several, env).models.get('small')?.provider?.apiKey).toBeUndefined();
});

test('it may stand in a file', () => {
  const directory = mkdtempSync(join(tmpdir(), 'genai-catalogue-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const path = join(directory, 'catalogue.json');
  writeFileSync(path, JSON.stringify(text));
  expect(createCatalogue({ LLM_CATALOG: path }).models.has('large')).toBe(true);
  expect(() => createCatalogue({ LLM_CATALOG: join(directory, 'other.json') })).toThrow('neither JSON nor the path');
});

test('without one there is the model of the environment, for nothing, and always the built-in one', () => {
  const alone = createCatalogue({});
  expect([...alone.models.keys()]).toEqual(['extractive']);
  expect(alone.defaultModel).toMatchObject({ id: 'extractive', provider: undefined });
  const { models, defaultModel } = createCatalogue({ LLM_BASE_URL: 'http://model/v1', LLM_MODEL: 'only' });
  expect([...models.keys()]).toEqual(['only', 'extractive']);
  expect(defaultModel).toMatchObject({
    provider: { id: 'default', baseUrl: 'http://model/v1' },
    prices: [{ version: 'none', input: 0, output: 0 }],
  });
  expect(() => createCatalogue({ LLM_BASE_URL: 'http://model/v1' })).toThrow('LLM_MODEL must be set with LLM_BASE_URL');
});

test('the embedding model of the environment has the prices that the catalogue knows', () => {
  const env = { EMBEDDINGS_BASE_URL: 'http://embedder/v1' };
  expect(create(text, { ...env, EMBEDDINGS_MODEL: 'vectors' }).defaultEmbedding?.prices[0].input).toBe(2_500_000);
  const unknown = create(text, { ...env, EMBEDDINGS_MODEL: 'words' });
  expect(unknown.defaultEmbedding).toMatchObject({ id: 'words', kind: 'embedding', prices: [{ input: 0 }] });
  expect(unknown.models.get('words')?.provider?.baseUrl).toBe('http://embedder/v1');
  expect(create().defaultEmbedding?.id).toBe('vectors');
  expect(problemsOf(text, { ...env, EMBEDDINGS_MODEL: 'large' })).toEqual([
    'EMBEDDINGS_MODEL is the name of a chat model',
  ]);
});

test('every mistake is named by its path, without what stands there', () => {
  const wrong = {
    providers: [{ id: 'Open AI', base_url: 'ftp://secret-host' }],
    models: [
      { ...small, prices: [] },
      { ...large, prices: [{ ...prices[0], input_per_million: 0.1234567 }], colour: 'blue' },
      { ...large, prices: prices.toReversed(), max_output_tokens: 0, output_limit_field: 'max_new_tokens' },
      { id: 'x', provider: 'openai', prices: [{ ...prices[0], from: 'yesterday' }] },
    ],
  };
  expect(problemsOf(wrong)).toEqual([
    'LLM_CATALOG: providers.0.id must be of lower-case letters, digits and dashes',
    'LLM_CATALOG: providers.0.base_url must be an http or https URL',
    'LLM_CATALOG: models.0.prices.0 is missing',
    'LLM_CATALOG: models.1.prices.0.input_per_million must have at most 6 decimals',
    'LLM_CATALOG: models.1.colour is not a field that is known',
    'LLM_CATALOG: models.2.prices must each begin after the one before',
    'LLM_CATALOG: models.2.max_output_tokens must be >=1',
    'LLM_CATALOG: models.2.output_limit_field must be ("max_tokens" | "max_completion_tokens")',
    'LLM_CATALOG: models.3.prices.0.from must be an ISO 8601 date',
  ]);
});

test('what does not fit together is named as well', () => {
  const wrong = {
    providers: [provider, provider],
    models: [
      { ...small, provider: 'other' },
      { ...small, fallbacks: ['small', 'vectors', 'missing'] },
      { ...small, id: 'extractive' },
      vectors,
    ],
    default_model: 'vectors',
  };
  expect(problemsOf(wrong)).toEqual([
    'LLM_CATALOG: providers: openai is there twice',
    'LLM_CATALOG: models: small is there twice',
    'LLM_CATALOG: models.0.provider is not one of the providers',
    'LLM_CATALOG: models.1.fallbacks.0 is the model itself',
    'LLM_CATALOG: models.1.fallbacks.1 is not another chat model',
    'LLM_CATALOG: models.1.fallbacks.2 is not another chat model',
    'LLM_CATALOG: models.2.id is the name of the built-in model',
    'LLM_CATALOG: default_model is not one of the chat models',
  ]);
  expect(() => createCatalogue({ LLM_CATALOG: '{' })).toThrow('LLM_CATALOG: is not JSON');
});
