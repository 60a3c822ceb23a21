import { expect } from 'vitest';
import { freshTenant } from '#tests/contracts/search-engine/under-test.ts';
import { createTestPlatform, createToken, type TestPlatform } from '#tests/support/platform.ts';
import { openServer } from '../support/opensearch.ts';

export const { url: openSearchUrl } = openServer();
export const open = new URL(openSearchUrl);

/** A platform whose engine is reached by this URL, with a tenant that has a document. */
export async function createFaultWorld(url: string, env: NodeJS.ProcessEnv = {}) {
  const platform = await createTestPlatform({ SEARCH_ENGINE: 'opensearch', OPENSEARCH_URL: url, ...env });
  const tenant = freshTenant();
  const token = await createToken({ tenant_id: tenant, role: 'tenant_admin' });
  const documents = [{ id: 'returns', text: 'Refunds are paid out within five working days.' }];
  const stored = await platform.call('POST /v1/documents', { token, json: { documents } });
  expect(await stored.json()).toMatchObject({ results: [{ status: 'created' }] });
  const search = () => platform.call('POST /v1/search', { token, json: { query: 'refunds' } });
  return { ...platform, tenant, token, search };
}

export async function timed(call: () => Promise<Response>) {
  const started = performance.now();
  const response = await call();
  return { response, milliseconds: performance.now() - started };
}

export const breaker = (platform: TestPlatform) => platform.metric('genai_circuit_breaker_state{dependency="search"}');
/** Past the proxies, at the engine itself. */
export const admin = (method: string, path: string, body?: object) =>
  fetch(`${openSearchUrl}${path}`, {
    method,
    headers: { 'content-type': 'application/json' },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
