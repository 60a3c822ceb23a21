import { expect, test, vi } from 'vitest';
import { freshTenant } from '#tests/contracts/search-engine/under-test.ts';
import { createTenantAdmin } from '#tests/functions/tenants/admin.ts';
import { startFaultProxy, type FaultMode } from '#tests/support/fault-proxy.ts';
import { createTestPlatform } from '#tests/support/platform.ts';
import { openServer } from '../support/opensearch.ts';

const modes: FaultMode[] = ['down', 'blackhole', 'reset'];

test.for(modes)('while the engine is %s no key is made, and keys are read', async (mode) => {
  const { hostname, port } = new URL(openServer().url);
  const proxy = await startFaultProxy({ host: hostname, port: Number(port) });
  const url = `http://${proxy.host}:${proxy.port}`;
  const { call, metric } = await createTestPlatform({ SEARCH_ENGINE: 'opensearch', OPENSEARCH_URL: url });
  const tenant = freshTenant();
  const token = await createTenantAdmin(tenant);
  const keys = `/v1/tenants/${tenant}/keys`;
  const create = () => call(`POST ${keys}`, { token, json: { name: 'key', role: 'reader' } });
  const list = async () => {
    const response = await call(`GET ${keys}`, { token });
    expect(response.status).toBe(200);
    return Object(await response.json()).keys;
  };
  expect((await create()).status).toBe(201);

  await proxy.setMode(mode);
  expect(await (await create()).json()).toMatchObject({ code: 'search_unavailable' });
  expect(await list()).toHaveLength(1);

  await proxy.setMode('pass');
  const isWritten = async () => expect(await metric('genai_audit_pending_events')).toBe(0);
  await vi.waitFor(isWritten, { timeout: 30_000, interval: 200 });
  expect((await create()).status).toBe(201);
  expect(await list()).toHaveLength(2);
});
