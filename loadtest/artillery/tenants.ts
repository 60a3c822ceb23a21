import * as v from 'valibot';
import { toDocumentsCall } from './actions.ts';
import { createTag } from './canary.ts';
import type { Call, Client } from './client.ts';
import { createDocuments } from './documents.ts';
import type { LoadTenant } from './plan.ts';
import type { RandomInt } from './random.ts';
import type { IssueToken } from './tokens.ts';

interface TenantDeps {
  client: Client;
  issueToken: IssueToken;
  randomInt: RandomInt;
}

/** Tells the tenants of a run from others that happen to be called alike. */
const tenantName = 'Load test';
const callMilliseconds = 60_000;

const Tenant = v.pipe(v.string(), v.parseJson(), v.object({ name: v.string() }));

/** Makes and removes the tenants `load-1`, `load-2`, … */
export function createTenants({ client, issueToken, randomInt }: TenantDeps) {
  async function request(call: Call, signal: AbortSignal, statuses: readonly number[]) {
    const exchange = await client(call, AbortSignal.any([signal, AbortSignal.timeout(callMilliseconds)]));
    const target = `${call.method} ${call.path}`;
    if (exchange.kind === 'failure') throw new Error(`${target} has failed: ${exchange.reason}`);
    if (!statuses.includes(exchange.status))
      throw new Error(`${target} was answered with ${exchange.status}: ${exchange.text.slice(0, 500)}`);
    return exchange;
  }

  const asAdmin = () => issueToken({ sub: 'load-test', role: 'platform_admin' });

  async function remove(id: string, signal: AbortSignal): Promise<void> {
    const call = { path: `/v1/tenants/${id}`, token: await asAdmin() };
    const { status, text } = await request({ ...call, method: 'GET' }, signal, [200, 404]);
    if (status === 404) return;
    if (v.parse(Tenant, text).name !== tenantName) throw new Error(`${id} is not a tenant of a load test`);
    await request({ ...call, method: 'DELETE' }, signal, [204, 404]);
  }

  async function create(id: string, isNoisy: boolean, signal: AbortSignal): Promise<LoadTenant> {
    const json = { id, name: tenantName };
    await remove(id, signal);
    await request({ method: 'POST', path: '/v1/tenants', token: await asAdmin(), json }, signal, [201]);
    const token = await issueToken({ sub: 'load-user', role: 'tenant_admin', tenant_id: id });
    const tag = createTag(randomInt);
    const documents = createDocuments(tag, randomInt);
    await request({ ...toDocumentsCall({ documents }), token }, signal, [200]);
    return { id, token, tag, isNoisy, documents };
  }

  const toIds = (count: number): string[] => Array.from({ length: count }, (_, index) => `load-${index + 1}`);

  return {
    /** One after the other: what is to be measured comes later. */
    async createAll(count: number, hasNoisy: boolean, signal: AbortSignal): Promise<LoadTenant[]> {
      const tenants: LoadTenant[] = [];
      for (const id of toIds(count)) tenants.push(await create(id, hasNoisy && tenants.length === 0, signal));
      return tenants;
    },

    /** One that can't be removed does not keep the others. */
    async removeAll(count: number, signal: AbortSignal): Promise<void> {
      const results = await Promise.allSettled(toIds(count).map((id) => remove(id, signal)));
      const failed = results.find((result) => result.status === 'rejected');
      if (failed) throw failed.reason;
    },
  };
}
