import { onTestFinished } from 'vitest';
import { createTestPlatform, createToken } from '#tests/support/platform.ts';
import { readStream } from '#tests/support/sse.ts';
import { startUpstream } from '#tests/support/upstream.ts';

/** What the platform exposes to Prometheus on Knative, after one request of each kind. */
export async function scrapePlatform(): Promise<string> {
  const upstream = await startUpstream();
  onTestFinished(() => upstream.close());
  const { call, foundation } = await createTestPlatform({
    LLM_BASE_URL: `${upstream.url}/v1`,
    LLM_MODEL: 'simulated',
    K_REVISION: 'query-00001',
  });
  const token = await createToken({ role: 'tenant_admin' });
  const question = { token, json: { question: 'How tall is the tower?' } };
  const search = { token, json: { query: 'tower' } };
  const chat = { token, json: { model: 'simulated', messages: [{ role: 'user', content: 'Hello' }] } };
  await call('POST /v1/documents', { token, json: { documents: [{ id: 'a', text: 'The tower is 96 metres tall.' }] } });
  await call('POST /v1/search', search);
  await call('POST /v1/query', question);
  await readStream(await call('POST /v1/query', { ...question, headers: { accept: 'text/event-stream' } }));
  await call('POST /v1/chat/completions', chat);
  await call('POST /v1/token', { token });
  await call('GET /v1/usage', { token });
  await call('GET /v1/audit', { token });
  await call('GET /v1/tenants/acme', { token });
  await call('POST /v1/search', { ...search, headers: { 'x-tenant-id': 'beta' } });

  // Told of by the edge, by engines that are servers, by their backups and by files of certificates alone.
  const { metrics } = foundation;
  for (const status of [200, 503]) metrics.request({ function: 'edge', route: '/v1/query/*', status }, 1);
  for (const dependency of ['search', 'state'] as const) {
    metrics.breaker(dependency, 'closed');
    metrics.lastBackup(dependency, 1);
  }
  metrics.certificateExpiry('authority', 1);
  return (await metrics.expose()).text;
}
