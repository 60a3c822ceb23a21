import { expect, test } from 'vitest';
import { QueryResponse } from '#functions/query/contract.ts';
import { parseBody } from '#tests/support/body.ts';
import { createToken } from '#tests/support/platform.ts';
import { startRedisServer, stateEnvOf } from '#tests/support/redis-server.ts';
import { startFleet } from './fleet.ts';
import { promptOf } from './prompt-of.ts';
import { startProvider, toCatalogue } from './provider.ts';

const clients = 1_000;

async function createWorld() {
  const upstream = await startProvider({ chunks: ['The tower is ', '96 metres tall [1].'], firstDelay: 500 });
  const redis = await startRedisServer();
  const env = {
    ...stateEnvOf(redis),
    MAX_IN_FLIGHT: '1000',
    LLM_CATALOG: toCatalogue(upstream),
    TENANT_AUTO_CREATE: 'true',
  };
  const { urls } = await startFleet(2, env, 'functions/dev.ts');

  function post(client: number, token: string, path: string, json: object): Promise<Response> {
    return fetch(`${urls[client % urls.length]}${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(json),
      signal: AbortSignal.timeout(60_000),
    });
  }

  /** A user of a tenant whose one document both processes know. */
  async function createUser(tenant: string): Promise<string> {
    const token = await createToken({ tenant_id: tenant });
    for (const client of urls.keys()) {
      const document = { id: 'tower', text: 'The tower is 96 metres tall.' };
      expect((await post(client, token, '/v1/documents', { documents: [document] })).status).toBe(200);
    }
    return token;
  }
  return { upstream, post, createUser };
}

test.each([1, 10])(
  'a thousand identical questions at once, to two processes, of %i tenants: each has its model called once',
  async (count) => {
    const { upstream, post, createUser } = await createWorld();
    const tenants = Array.from({ length: count }, (_, index) => `tenant-${index}`);
    const tokens: string[] = [];
    for (const tenant of tenants) tokens.push(await createUser(tenant));
    // Written by one process, a corpus comes to rest for the other one a moment later.
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    const answers = await Promise.all(
      Array.from({ length: clients }, async (_, client) => {
        const token = tokens[Math.floor(client / 2) % count] ?? '';
        const response = await post(client, token, '/v1/query', { question: 'How tall is the tower?' });
        expect(response.status).toBe(200);
        return parseBody(QueryResponse, response);
      }),
    );
    expect(new Set(answers.map(({ answer }) => answer))).toEqual(new Set(['The tower is 96 metres tall [1].']));
    expect(upstream.calls.map(promptOf)).toHaveLength(count);
    const billed = answers.filter(({ usage }) => usage.cost_dollars > 0);
    expect(billed).toHaveLength(count);
  },
  90_000,
);
