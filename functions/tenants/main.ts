import { loadEnv } from '#lib/config/env.ts';
import { searchEnv } from '#lib/config/variables.ts';
import { createRetrieval } from '#lib/retrieval/create-retrieval.ts';
import { createFoundation, foundationEnv } from '../foundation.ts';
import { start } from '../start.ts';
import { createTenantsApp } from './app.ts';
import { createTenantsDeps } from './deps.ts';

const env = loadEnv({ ...foundationEnv, ...searchEnv });
const foundation = await createFoundation(env);
const retrieval = await createRetrieval(env, foundation);
const { fetch } = createTenantsApp(createTenantsDeps(foundation, retrieval));
await start({ name: 'tenants', fetch, env, foundation, close: () => retrieval.engine.close() });
