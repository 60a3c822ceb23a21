import { createOpenSearchAuditStore } from '#lib/audit/store-opensearch.ts';
import { describeAuditDurability } from '#tests/contracts/audit-durability.ts';
import { freshTenant } from '#tests/contracts/search-engine/under-test.ts';
import { secureSearchEnv } from '#tests/support/real-engines.ts';
import { createTestTransport } from '#tests/support/opensearch-transport.ts';
import { secureServer } from '../support/opensearch.ts';

describeAuditDurability('OpenSearch', {
  tenant: freshTenant(),
  kills: 6,
  env: secureSearchEnv(),
  async open() {
    const transport = createTestTransport(secureServer());
    return { ...createOpenSearchAuditStore({ transport, replicas: 0 }), close: () => transport.close() };
  },
});
