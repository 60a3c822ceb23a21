import { expect, test } from 'vitest';
import { createModelRouter } from '#lib/llm/model-router.ts';
import type { Catalogue } from '#lib/llm/catalogue.ts';
import { createUnpricedModel } from '#lib/llm/unpriced-model.ts';
import type { TenantRef } from '#lib/tenancy/state-key.ts';
import { calm, createScope } from '#tests/support/scope.ts';

const provider = (id: string) => ({ id, baseUrl: `http://${id}/v1`, apiKey: `platform-key-of-${id}` });
const model = (id: string, rest: object = {}) => ({
  ...createUnpricedModel({ id, kind: 'chat' }),
  provider: provider('one'),
  ...rest,
});
const large = model('large', { fallbacks: ['small', 'tiny'] });
const small = model('small', { provider: provider('two'), fallbacks: ['large'] });
const vectors = model('vectors', { kind: 'embedding' });
const builtIn = createUnpricedModel({ id: 'extractive', kind: 'chat' });
const all = [large, small, model('tiny'), vectors, builtIn];
const catalogue: Catalogue = {
  models: new Map(all.map((each) => [each.id, each])),
  defaultModel: large,
  defaultEmbedding: vectors,
};
const findProviderKey = async ({ tenantId }: TenantRef, id: string) =>
  tenantId === 'acme' && id === 'two' ? 'key-of-acme' : undefined;
const { candidates, toTargets } = createModelRouter({ catalogue, findProviderKey });
const idsOf = (models: string[] | undefined, id?: string, kind: 'chat' | 'embedding' = 'chat') =>
  candidates(createScope('acme', { models }), id, kind).map((each) => each.id);

test('a model comes with those that may answer in its place, and no further', () => {
  expect(idsOf(undefined, 'large')).toEqual(['large', 'small', 'tiny']);
  expect(idsOf(undefined, 'small')).toEqual(['small', 'large']);
  expect(idsOf(undefined, 'extractive')).toEqual(['extractive']);
});

test('a tenant uses only the models on its list, in the place of others too', () => {
  expect(idsOf(['large', 'tiny'], 'large')).toEqual(['large', 'tiny']);
  expect(idsOf(['small'], 'small')).toEqual(['small']);
});

test('without a name it is the default, or the first that the tenant may use', () => {
  expect(idsOf(undefined)).toEqual(['large', 'small', 'tiny']);
  expect(idsOf(['tiny', 'small'])).toEqual(['small']);
  expect(idsOf(undefined, undefined, 'embedding')).toEqual(['vectors']);
});

test('one that is not there, not allowed, or of another kind gives the same refusal', () => {
  const refusals = [
    () => idsOf(undefined, 'missing'),
    () => idsOf(['small'], 'large'),
    () => idsOf(undefined, 'vectors'),
    () => idsOf([]),
  ].map((call) => {
    try {
      return call();
    } catch (error) {
      return error;
    }
  });
  for (const refusal of refusals) {
    expect(refusal).toMatchObject({
      code: 'invalid_request',
      errors: [{ path: 'model', message: 'is not a model that you can use' }],
    });
  }
});

test('a tenant’s own key comes before the platform’s, at its provider alone', async () => {
  const targets = await toTargets(createScope('acme'), [large, small, builtIn], calm);
  expect(targets.map(({ apiKey, isOwnKey }) => ({ apiKey, isOwnKey }))).toEqual([
    { apiKey: 'platform-key-of-one', isOwnKey: false },
    { apiKey: 'key-of-acme', isOwnKey: true },
    { apiKey: undefined, isOwnKey: false },
  ]);
  const [foreign] = await toTargets(createScope('beta'), [small], calm);
  expect(foreign).toMatchObject({ apiKey: 'platform-key-of-two', isOwnKey: false });
});
