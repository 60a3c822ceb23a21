import { loadEnv } from '#lib/config/env.ts';
import { createTenantApi } from '#lib/http/create-api.ts';
import { createFoundation, foundationEnv } from '#functions/foundation.ts';
import { start } from '#functions/start.ts';

/** A route that does nothing, behind all that every tenant's route stands behind. */
const env = loadEnv(foundationEnv);
const foundation = await createFoundation(env);
const { fetch } = createTenantApi(foundation.http, 'trivial').get('/v1/trivial', (c) => c.json({ status: 'ready' }));
await start({ name: 'trivial', fetch, env, foundation });
