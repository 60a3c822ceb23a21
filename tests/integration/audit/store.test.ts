import { expect, onTestFinished, test } from 'vitest';
import type { AuditStore } from '#lib/audit/audit-store.ts';
import { auditIndex, toBlockPath } from '#lib/audit/opensearch-index.ts';
import { createOpenSearchAuditStore } from '#lib/audit/store-opensearch.ts';
import type { TransportOptions } from '#lib/retrieval/opensearch/transport.ts';
import { describeAuditStore } from '#tests/contracts/audit-store.ts';
import { startFaultProxy } from '#tests/support/fault-proxy.ts';
import { calm } from '#tests/support/scope.ts';
import { createTestTransport } from '#tests/support/opensearch-transport.ts';
import { openServer, secureServer } from '../support/opensearch.ts';

type Server = Partial<TransportOptions> & { url: string };

async function open(server: Server): Promise<AuditStore> {
  const transport = createTestTransport(server);
  const store = createOpenSearchAuditStore({ transport, replicas: 0 });
  return { ...store, close: () => transport.close() };
}

describeAuditStore('OpenSearch', () => open(openServer()));
describeAuditStore('OpenSearch behind its security plugin', () => open(secureServer()));

test('no token of a tenant reaches the trail', async () => {
  const transport = createTestTransport(secureServer());
  onTestFinished(() => transport.close());
  const tenant = { tenantId: 'acme', incarnation: 'first' };
  const calls = [
    { method: 'POST', path: `/${auditIndex}/_search`, body: {} },
    { method: 'GET', path: toBlockPath('_doc', 'acme.account-first', 1) },
    { method: 'PUT', path: toBlockPath('_create', 'acme.account-first', 1), body: {} },
    { method: 'DELETE', path: `/${auditIndex}` },
  ] as const;
  for (const call of calls) {
    const sent = transport.send(tenant, call, { timeout: 10_000, tries: 1 }, calm);
    await expect(sent, `${call.method} ${call.path}`).rejects.toMatchObject({ name: 'EngineRefusal' });
  }
});

test('an engine that does not answer in time is not available, and takes no longer than the caller allows', async () => {
  const { hostname, port } = new URL(openServer().url);
  const proxy = await startFaultProxy({ host: hostname, port: Number(port) });
  const store = await open({ url: `http://${proxy.host}:${proxy.port}` });
  onTestFinished(() => store.close());
  const chain = `acme.account-${crypto.randomUUID()}`;
  expect(await store.findHead(chain, undefined, calm)).toBeUndefined();
  await proxy.setMode('blackhole');
  await expect(store.findHead(chain, undefined, AbortSignal.timeout(300))).rejects.toMatchObject({
    name: 'TimeoutError',
  });
  await proxy.setMode('down');
  await expect(store.findHead(chain, undefined, calm)).rejects.toMatchObject({ code: 'search_unavailable' });
});
