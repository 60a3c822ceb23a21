import { randomBytes } from 'node:crypto';
import { providerKeyEnv, searchEnv } from '#lib/config/variables.ts';
import { createTenantProviderKeys } from '#lib/llm/tenant-provider-keys.ts';
import { createRetrieval } from '#lib/retrieval/create-retrieval.ts';
import { startFunction } from '../start.ts';
import { createTenantsApp } from './app.ts';
import { createTenantsDeps } from './deps.ts';

await startFunction('tenants', { ...searchEnv, ...providerKeyEnv }, async (foundation, env) => {
  const { store } = foundation;
  const secrets = env.PROVIDER_KEY_SECRET;
  const retrieval = await createRetrieval(env, foundation);
  const providerKeys = createTenantProviderKeys({ store, secrets, now: Date.now, randomBytes });
  const { fetch } = createTenantsApp(createTenantsDeps(foundation, retrieval, providerKeys));
  return { fetch, close: () => retrieval.engine.close() };
});
