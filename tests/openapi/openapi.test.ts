import { Validator } from '@seriousme/openapi-schema-validator';
import Ajv2020 from 'ajv/dist/2020.js';
import * as v from 'valibot';
import { expect, onTestFinished, test } from 'vitest';
import { toOpenApi } from '#functions/openapi.ts';
import { createTestPlatform, createToken, type CallOptions, type TestPlatform } from '#tests/support/platform.ts';
import { allRoutes } from '#tests/support/routes.ts';
import { startUpstream } from '#tests/support/upstream.ts';

const document = toOpenApi('0.0.0');
const ajv = new Ajv2020.default({ strict: false, allErrors: true, formats: { 'date-time': true } });
ajv.addSchema(document, 'api');

const MediaTypes = v.record(v.string(), v.object({ schema: v.unknown() }));
const Operations = v.record(
  v.string(),
  v.record(
    v.string(),
    v.looseObject({
      operationId: v.string(),
      responses: v.record(v.string(), v.object({ description: v.string(), content: v.optional(MediaTypes) })),
    }),
  ),
);
const paths = v.parse(Operations, document['paths']);

const escaped = (part: string): string => part.replaceAll('~', '~0').replaceAll('/', '~1');

/** Fails unless the response is one that the document promises for the operation, body included. */
async function expectPromised(route: string, response: Response): Promise<void> {
  const [method = '', path = ''] = route.split(' ');
  const promised = paths[path]?.[method.toLowerCase()]?.responses[response.status];
  expect(promised, `${route} gave ${response.status}`).toBeDefined();
  const type = response.headers.get('content-type')?.split(';')[0] ?? '';
  if (response.status === 204) return;
  expect(Object.keys(promised?.content ?? {}), `${route} gave ${type}`).toContain(type);
  if (!type.endsWith('json')) return;
  const pointer = [
    'paths',
    path,
    method.toLowerCase(),
    'responses',
    String(response.status),
    'content',
    type,
    'schema',
  ];
  const validate = ajv.getSchema(`api#/${pointer.map(escaped).join('/')}`);
  const body: unknown = await response.json();
  expect(validate?.(body), `${route}: ${JSON.stringify(validate?.errors)} in ${JSON.stringify(body)}`).toBe(true);
}

test('the document is valid OpenAPI 3.1', async () => {
  const result = await new Validator().validate(structuredClone(document));
  expect(result.errors ?? []).toEqual([]);
  expect(result.valid).toBe(true);
});

test('it has every route, each with an id of its own', () => {
  const ids = Object.values(paths).flatMap((operations) =>
    Object.values(operations).map(({ operationId }) => operationId),
  );
  expect(ids.toSorted()).toEqual(allRoutes.map(({ operation }) => operation).toSorted());
  expect(new Set(ids).size).toBe(ids.length);
});

type Call = (route: string, names: Record<string, string>, options: CallOptions) => Promise<Response>;

async function callGateway(call: Call, token: string): Promise<void> {
  const messages = [{ role: 'user', content: 'How tall is the tower?' }];
  await call('GET /v1/models', {}, { token });
  await call('GET /v1/models', {}, {});
  await call('GET /v1/models/{id}', { id: 'simulated' }, { token });
  await call('GET /v1/models/{id}', { id: 'nothing' }, { token });
  await call('POST /v1/chat/completions', {}, { token, json: { messages } });
  await call('POST /v1/chat/completions', {}, { token, json: { messages, stream: true } });
  await call('POST /v1/chat/completions', {}, { token, json: { messages, knowledge: true } });
  await call('POST /v1/chat/completions', {}, { token, json: { messages: [] } });
  await call('POST /v1/embeddings', {}, { token, json: { model: 'vectors', input: ['a', 'b'] } });
  await call('POST /v1/embeddings', {}, { token, json: { model: 'nothing', input: 'a' } });
}

async function run(platform: TestPlatform) {
  const admin = await createToken({ role: 'platform_admin', tenant_id: undefined as never });
  const token = await createToken({ role: 'tenant_admin' });
  const reader = await createToken({ role: 'reader' });
  const call = async (route: string, names: Record<string, string>, options: CallOptions): Promise<Response> => {
    const target = route.replace(/\{(\w+)\}/g, (_whole, name: string) => names[name] ?? '');
    const response = await platform.call(target, options);
    await expectPromised(route, response.clone());
    return response;
  };
  const t = { t: 'acme' };
  await call(
    'POST /v1/tenants',
    {},
    {
      token: admin,
      json: {
        id: 'acme',
        name: 'Acme',
        limits: { requests_per_minute: 10 },
        budget: { dollars: 5, period: 'day' },
        models: ['extractive', 'simulated', 'vectors'],
      },
    },
  );
  await call('POST /v1/tenants', {}, { token: admin, json: { id: 'acme', name: 'Acme' } });
  await call('POST /v1/tenants', {}, { token, json: { id: 'x', name: 'X' } });
  await call('GET /v1/tenants', {}, { token: admin });
  await call('GET /v1/tenants/{t}', t, { token });
  await call('GET /v1/tenants/{t}', { t: 'nobody' }, { token: admin });
  await call('PATCH /v1/tenants/{t}', t, {
    token: admin,
    json: { name: 'New', budget: null, limits: { requests_per_minute: null } },
  });
  const created = await call('POST /v1/tenants/{t}/keys', t, {
    token,
    json: { name: 'k', role: 'member', groups: ['a'], expires_at: '2100-01-01T00:00:00Z' },
  });
  const { id, key } = v.parse(v.object({ id: v.string(), key: v.string() }), await created.json());
  await call('GET /v1/tenants/{t}/keys', t, { token });
  await call('POST /v1/token', {}, { token: key });
  await call('POST /v1/token', {}, { token });
  await call('GET /.well-known/jwks.json', {}, {});
  await call(
    'POST /v1/documents',
    {},
    {
      token,
      json: {
        documents: [
          { id: 'a', text: 'The tower is tall.', metadata: { deep: { list: [1, 'x', null] } }, groups: [] },
          { id: 'b', text: '' },
          { nonsense: 1 },
        ],
      },
    },
  );
  await call('POST /v1/documents', {}, { token, json: {} });
  await call('POST /v1/documents', {}, { token: reader, json: { documents: [{ text: 'x' }] } });
  await call('GET /v1/documents', {}, { token });
  await call('PUT /v1/documents/{id}', { id: 'new' }, { token, json: { text: 'new' } });
  await call('PUT /v1/documents/{id}', { id: 'new' }, { token, json: { text: 'newer' } });
  await call(
    'PUT /v1/documents/{id}',
    { id: 'bad' },
    { token, json: { content: 'AAAA', media_type: 'application/pdf' } },
  );
  await call('GET /v1/documents/{id}', { id: 'a' }, { token });
  await call('GET /v1/documents/{id}', { id: 'none' }, { token });
  await call('GET /v1/documents/{id}/text', { id: 'a' }, { token });
  await call(
    'POST /v1/search',
    {},
    { token, json: { query: 'tower', highlight: true, explain: true, filter: { x: { gte: 1 } } } },
  );
  await call('POST /v1/search', {}, { token, json: { query: 'tower', highlight: true, explain: true } });
  await call('POST /v1/search', {}, { token, json: { query: '' } });
  await call('POST /v1/query', {}, { token, json: { question: 'How tall is the tower?' } });
  await call(
    'POST /v1/query',
    {},
    { token, json: { question: 'How tall is the tower?' }, headers: { accept: 'text/event-stream' } },
  );
  await call('POST /v1/query', {}, { json: { question: 'x' } });
  await callGateway(call, token);
  await call('GET /v1/usage', {}, { token });
  await call('GET /v1/usage', {}, { token, headers: { accept: 'text/csv' } });
  await call('GET /v1/usage', {}, { token: reader });
  await call('PUT /v1/tenants/{t}/provider-keys/{provider}', { ...t, provider: 'openai' }, { token, json: {} });
  await call('GET /v1/tenants/{t}/provider-keys', t, { token });
  await call('DELETE /v1/tenants/{t}/provider-keys/{provider}', { ...t, provider: 'openai' }, { token });
  await call('DELETE /v1/documents/{id}', { id: 'a' }, { token });
  await call('POST /v1/tenants/{t}/keys/{id}/rotate', { t: 'acme', id }, { token });
  await call('DELETE /v1/tenants/{t}/keys/{id}', { t: 'acme', id }, { token });
  await call('POST /v1/tenants/{t}/suspend', t, { token: admin });
  await call('POST /v1/search', {}, { token, json: { query: 'x' } });
  await call('POST /v1/tenants/{t}/resume', t, { token: admin });
  await call('POST /v1/tenants/{t}/erase', t, { token });
  await call('POST /v1/tenants/{t}/erase', t, { token: reader });
  await call('DELETE /v1/tenants/{t}', t, { token: admin });
}

test('what the app really answers is what the document promises', async () => {
  const upstream = await startUpstream();
  onTestFinished(() => upstream.close());
  const prices = [{ version: '1', from: '2026-01-01', input_per_million: 1, output_per_million: 2 }];
  const catalogue = {
    providers: [{ id: 'simulator', base_url: upstream.url }],
    models: [
      { id: 'simulated', provider: 'simulator', prices },
      { id: 'vectors', provider: 'simulator', kind: 'embedding', prices },
    ],
  };
  await run(await createTestPlatform({ LLM_CATALOG: JSON.stringify(catalogue) }));
});
