import { expect, test } from 'vitest';
import { freshTenant } from '#tests/contracts/search-engine/under-test.ts';
import { createTestPlatform, createToken } from '#tests/support/platform.ts';
import { requireVariable } from '#tests/support/real-engines.ts';
import { secureSearchEnv } from '#tests/support/real-engines.ts';

const embeddings = (): Record<string, string> => ({
  EMBEDDINGS_BASE_URL: `${requireVariable('TEST_EMBEDDER_URL')}/v1`,
  EMBEDDINGS_MODEL: 'all-MiniLM-L6-v2',
  EMBEDDINGS_DIMENSIONS: '384',
});

const documents = [
  {
    id: 'family',
    title: 'Families',
    text: 'Mothers and fathers may stay at home for fourteen months after a child is born.',
  },
  { id: 'travel', title: 'Travel', text: 'Train tickets of the second class are reimbursed within ten days.' },
  { id: 'laptop', text: 'Computers are replaced after four years or when the battery fails.' },
  { id: 'coffee', text: 'The machine on the second floor is cleaned every evening.' },
];

test.each([
  ['the embedded engine', () => ({})],
  ['OpenSearch behind its security plugin', secureSearchEnv],
])('with a real embedding model, %s finds what shares no word with the query', async (_name, engine) => {
  const platform = await createTestPlatform({ ...embeddings(), ...engine() });
  const tenant = freshTenant();
  const token = await createToken({ tenant_id: tenant, role: 'tenant_admin' });
  await platform.call('POST /v1/documents', { token, json: { documents } });
  expect(await platform.check()).toBe(true);

  const search = async (json: object) =>
    Object(await (await platform.call('POST /v1/search', { token, json })).json()).hits.map(
      (hit: { document_id: string }) => hit.document_id,
    );
  expect((await search({ query: 'parental leave', mode: 'lexical' }))[0]).toBeUndefined();
  expect((await search({ query: 'parental leave', mode: 'vector' }))[0]).toBe('family');
  expect((await search({ query: 'parental leave' }))[0]).toBe('family');

  const admin = await createToken({ role: 'platform_admin', tenant_id: undefined as never });
  await platform.call(`DELETE /v1/tenants/${tenant}`, { token: admin });
});
