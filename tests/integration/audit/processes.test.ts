import { onTestFinished } from 'vitest';
import { createOpenSearchAuditStore } from '#lib/audit/store-opensearch.ts';
import { describeAuditProcesses } from '#tests/contracts/audit-processes.ts';
import { freshTenant } from '#tests/contracts/search-engine/under-test.ts';
import { secureSearchEnv } from '#tests/support/real-engines.ts';
import { createTestTransport } from '#tests/support/opensearch-transport.ts';
import { secureServer } from '../support/opensearch.ts';

describeAuditProcesses('OpenSearch', async () => {
  const transport = createTestTransport(secureServer());
  onTestFinished(() => transport.close());
  const store = createOpenSearchAuditStore({ transport, replicas: 0 });
  return { store, env: secureSearchEnv(), tenant: freshTenant() };
});
