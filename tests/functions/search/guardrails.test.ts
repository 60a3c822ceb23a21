import { expect, onTestFinished, test } from 'vitest';
import { createTestPlatform, createToken } from '#tests/support/platform.ts';
import { startUpstream } from '#tests/support/upstream.ts';

async function createGuarded(guardrails: object) {
  const upstream = await startUpstream();
  onTestFinished(() => upstream.close());
  const { call } = await createTestPlatform({
    EMBEDDINGS_BASE_URL: `${upstream.url}/v1`,
    EMBEDDINGS_MODEL: 'simulated-embedding',
    EMBEDDINGS_DIMENSIONS: '64',
  });
  const admin = await createToken({ role: 'platform_admin', tenant_id: undefined as never });
  const json = { id: 'careful', name: 'Careful', guardrails };
  expect((await call('POST /v1/tenants', { token: admin, json })).status).toBe(201);
  const token = await createToken({ tenant_id: 'careful' });
  const documents = [{ id: 'a', text: 'Refunds are paid out after five days.' }];
  expect((await call('POST /v1/documents', { token, json: { documents } })).status).toBe(200);
  const stored = upstream.calls.length;
  return {
    search: (query: string) => call('POST /v1/search', { token, json: { query } }),
    sent: () => JSON.stringify(upstream.calls.slice(stored).map(({ body }) => body)),
  };
}

test('what the policy keeps from leaving does not reach the embedder', async () => {
  const { search, sent } = await createGuarded({ redact: ['email'] });
  const response = await search('refunds for ada@example.com');
  expect(await response.json()).toMatchObject({ hits: [{ document_id: 'a' }] });
  expect(sent()).toContain('refunds for');
  expect(sent()).not.toContain('ada@example.com');
});

test('a query that the policy blocks, or that is too long for it, is refused and embedded nowhere', async () => {
  const { search, sent } = await createGuarded({
    max_input_characters: 100,
    blocked_patterns: [{ name: 'project-x', pattern: '(?i)apollo', applies_to: 'input' }],
  });
  const blocked = await search('Where is Apollo?');
  expect(blocked.status).toBe(400);
  expect(await blocked.text()).toContain('project-x');
  expect((await search('long '.repeat(30))).status).toBe(413);
  expect(sent()).toBe('[]');
});
