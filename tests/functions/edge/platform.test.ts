import { expect, test } from 'vitest';
import { createTestPlatform, createToken, type TestPlatform } from '#tests/support/platform.ts';
import { readStream, typesOf } from '#tests/support/sse.ts';
import { problemOf, send, startEdge, type EdgeWorld } from './edge-world.ts';

const leakage = (kind: string) => `genai_cross_tenant_leakage_attempts_total{kind="${kind}"}`;

async function startBehind(): Promise<{ platform: TestPlatform; edge: EdgeWorld }> {
  const platform = await createTestPlatform({ TENANT_HOST_SUFFIX: '.api.example.com' });
  const { port } = new URL(await platform.listen());
  return { platform, edge: await startEdge(() => undefined, { upstreamPort: Number(port) }) };
}

const asUser = async (headers: Record<string, string> = {}) => ({
  authorization: `Bearer ${await createToken()}`,
  'content-type': 'application/json',
  ...headers,
});

test('the platform is the same behind its one host', async () => {
  const { edge } = await startBehind();
  const headers = await asUser();
  const documents = [{ id: 'docs/tower.md', text: 'The tower is 96 metres tall.' }];
  const batch = { method: 'POST', headers, body: JSON.stringify({ documents }) };
  expect((await send(`${edge.url}/v1/documents`, batch)).status).toBe(200);
  const document = await send(`${edge.url}/v1/documents/docs%2Ftower.md`, { headers });
  expect(JSON.parse(document.body.toString())).toMatchObject({ id: 'docs/tower.md' });
  const search = await send(`${edge.url}/v1/search`, { method: 'POST', headers, body: '{"query":"tower"}' });
  expect(JSON.parse(search.body.toString()).hits).toHaveLength(1);
  const answer = await fetch(`${edge.url}/v1/query`, {
    method: 'POST',
    headers: { ...headers, accept: 'text/event-stream' },
    body: '{"question":"How tall is the tower?"}',
  });
  const stream = await readStream(answer);
  expect(stream.isDone).toBe(true);
  expect(typesOf(stream).at(-1)).toBe('finish');
  expect((await send(`${edge.url}/.well-known/jwks.json`)).status).toBe(200);
  expect(problemOf(await send(`${edge.url}/v1/search`, { method: 'POST' }))).toMatchObject({ code: 'unauthenticated' });
  expect(problemOf(await send(`${edge.url}/v1/query/x`, { headers }))).toMatchObject({ code: 'not_found' });
});

test.each([
  ['header', '/v1/documents', { 'x-tenant-id': 'globex' }],
  ['header', '/v1/documents', { 'x-tenant': 'globex' }],
  ['query', '/v1/documents?tenant_id=globex', {}],
  ['host', '/v1/documents', { host: 'globex.api.example.com' }],
  ['host', '/v1/documents', { host: 'acme.api.example.com', 'k-original-host': 'globex.api.example.com' }],
  ['host', '/v1/documents', { host: 'globex.api.example.com', 'x-forwarded-host': 'acme.api.example.com' }],
])('another tenant that the %s names is refused and counted by the function', async (kind, path, headers) => {
  const { platform, edge } = await startBehind();
  const answer = await send(edge.url + path, { headers: await asUser(headers) });
  expect(problemOf(answer)).toMatchObject({ status: 403, code: 'tenant_mismatch' });
  expect(await platform.metric(leakage(kind))).toBe(1);
});

test("the tenant's own host is let in", async () => {
  const { platform, edge } = await startBehind();
  const headers = await asUser({ host: 'acme.api.example.com:443' });
  expect((await send(`${edge.url}/v1/documents`, { headers })).status).toBe(200);
  expect(await platform.metric(leakage('host'))).toBe(0);
});
