import { whenConfigured } from '#lib/config/env.ts';
import type { TenantRole } from '#lib/tenancy/role.ts';
import { parseTenantId, type TenantId } from '#lib/tenancy/tenant-id.ts';
import { createCreateTenant } from '#lib/tenancy/verbs/create-tenant.ts';
import type { Foundation } from './foundation.ts';
import { createLocalPlatform, type LocalPlatform } from './local.ts';
import { loadLocalEnv } from './local-env.ts';
import { logCrash } from './log-crash.ts';
import { createOperatorActor } from './operator/operator-actor.ts';
import { start } from './start.ts';

const demoTenant = 'demo';
const tokenLifetime = 7 * 24 * 60 * 60;

/** A store that does not answer now registers the tenant with the token's first use. */
async function registerDemoTenant(foundation: Foundation, id: TenantId): Promise<void> {
  try {
    const signal = AbortSignal.timeout(5_000);
    const known = await foundation.tenants.find(id, signal);
    if (known && known.status !== 'deleted') return;
    await createCreateTenant(foundation)(createOperatorActor('dev'), { id, name: 'Demo', limits: {} }, signal);
  } catch (error) {
    foundation.logger.warn({ event: 'demo_tenant_not_registered', tenant_id: id, error });
  }
}

/** The token of a user of the demo tenant, which is registered when it is not there yet. */
async function createDemoToken({ foundation }: LocalPlatform): Promise<string> {
  const id = parseTenantId(demoTenant);
  if (!id) throw new Error('The demo tenant has no valid name');
  await registerDemoTenant(foundation, id);
  const role: TenantRole = 'tenant_admin';
  return foundation.auth.issueToken({ sub: 'demo-user', tenant_id: id, role, groups: [] }, tokenLifetime);
}

const toGreeting = (url: string, token: string): string => `
genai-platform is ready at ${url}

A token of the tenant "${demoTenant}", for seven days:

export TOKEN=${token}

Try:

curl -s ${url}/v1/documents -H "authorization: Bearer $TOKEN" -H 'content-type: application/json' -d '{"documents":[{"id":"returns","title":"Return policy","text":"Goods can be returned within 30 days. Refunds are paid out five working days after the goods have arrived."}]}'

curl -s ${url}/v1/search -H "authorization: Bearer $TOKEN" -H 'content-type: application/json' -d '{"query":"when are refunds paid"}'

curl -sN ${url}/v1/query -H "authorization: Bearer $TOKEN" -H 'content-type: application/json' -H 'accept: text/event-stream' -d '{"question":"How long do refunds take?"}'

`;

logCrash();
const env = loadLocalEnv();
const platform = await whenConfigured(() => createLocalPlatform(env));
const { foundation, fetch, close, check } = platform;
const port = await start({ name: 'local', fetch, env, foundation, close, check });
process.stdout.write(toGreeting(`http://localhost:${port}`, await createDemoToken(platform)));
